using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using CsCheck;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Tests;

public sealed class JsonIntegersTests
{
    [Theory]
    [InlineData("2.0", "2")]
    [InlineData("2e0", "2")]
    [InlineData("-20.50e1", "-205")]
    [InlineData("100E-2", "1")]
    [InlineData("0.001e+3", "1")]
    [InlineData("-0", "0")]
    [InlineData("0e99999999999", "0")]
    [InlineData("1.0000000000000000000000000000000000000000000000000", "1")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    public void A_whole_number_reads_however_it_is_written(string text, string expected) =>
        Assert.Equal(Int128.Parse(expected, CultureInfo.InvariantCulture), Read(text));

    [Theory]
    [InlineData("2.5")]
    [InlineData("1e-1")]
    [InlineData("2.00000000000000000000000000000000000000001")]
    [InlineData("1E400")]
    [InlineData("1e-400")]
    [InlineData("1e99999999999")]
    [InlineData("999999999999999999999999999999999999999")]
    public void Anything_else_is_none(string text) => Assert.Null(Read(text));

    [Fact]
    public void Every_spelling_of_a_number_is_read_as_arithmetic_says() =>
        Gen.Select(Gen.Long, Gen.Int[0, 30], Gen.Int[-45, 45], Gen.Bool).Sample((digits, fraction, exponent, upper) =>
        {
            string written = BigInteger.Abs(digits).ToString(CultureInfo.InvariantCulture).PadLeft(fraction + 1, '0');
            string text = (digits < 0 ? "-" : "") + written[..^fraction].TrimStart('0').PadLeft(1, '0')
                + (fraction > 0 ? "." + written[^fraction..] : "")
                + (exponent == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{(upper ? 'E' : 'e')}{exponent}"));
            int power = exponent - fraction;
            BigInteger value = power >= 0 ? digits * BigInteger.Pow(10, power) : digits / BigInteger.Pow(10, -power);
            bool isWhole = power >= 0 || digits % BigInteger.Pow(10, -power) == 0;
            bool isHeld = BigInteger.Abs(value) < BigInteger.Pow(10, 38);
            return Read(text) == (isWhole && isHeld ? (Int128)value : null);
        });

    /// <summary>As the schemas of Kubernetes have it: a number without a fraction is an integer, and is stored as one.</summary>
    [Theory]
    [InlineData("2.0", 2)]
    [InlineData("2e0", 2)]
    [InlineData("0.3E1", 3)]
    [InlineData("-0", 0)]
    public void An_integer_field_takes_a_number_without_a_fraction(string written, int expected)
    {
        using var json = JsonDocument.Parse($$"""
            {"apiVersion":"trireme.dev/v1alpha1","kind":"ModelService","metadata":{"name":"a"},
            "spec":{"release":"a","replicas":{{written}},"resources":{"memory":5.12e2,"threads":1.0} } }
            """);
        IReadOnlyList<FieldError> errors =
            ResourceValidator.Validate(ResourceCatalog.ModelServices, json.RootElement, out IResource? resource);
        Assert.Empty(errors);
        ModelServiceSpec spec = Assert.IsType<ModelService>(resource).Spec;
        Assert.Equal((expected, 512L), (spec.Replicas, spec.Resources.Memory.Bytes));
    }

    private static Int128? Read(string text)
    {
        bool read = JsonIntegers.TryParse(Encoding.ASCII.GetBytes(text), out Int128 value);
        return read ? value : null;
    }
}
