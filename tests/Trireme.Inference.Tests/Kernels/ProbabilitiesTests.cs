using Trireme.Inference.Kernels;

namespace Trireme.Inference.Tests.Kernels;

public sealed class ProbabilitiesTests
{
    public static TheoryData<int> Lengths => [1, 5, 8, 9, 63, 1000];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void The_first_largest_value_wins(int length)
    {
        float[] values = Random(length);
        int largest = length / 2;
        values[largest] = 50;
        values[^1] = 50;
        Assert.Equal(50, Probabilities.Max(values));
        Assert.Equal(largest, Probabilities.ArgMax(values));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_row_with_something_that_is_no_number_has_no_largest_value(int length)
    {
        for (int place = 0; place < length; place += Math.Max(1, length / 7))
        {
            float[] values = Random(length);
            values[place] = float.NaN;
            Assert.True(float.IsNaN(Probabilities.Max(values)), $"place {place}");
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void The_normalizer_matches_double_precision_for_large_logits(int length)
    {
        float[] values = [.. Random(length).Select(value => value + 500)];
        double expected = 500 + Math.Log(values.Sum(value => Math.Exp(value - 500.0)));
        Assert.Equal(expected, Probabilities.LogSumExp(values), 1e-4);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Probabilities_follow_the_temperature_and_ignore_what_is_impossible(int length)
    {
        float[] values = Random(length);
        values[0] = float.NegativeInfinity;
        float largest = Math.Max(Probabilities.Max(values), -10);
        var probabilities = new float[length];
        double sum = Probabilities.Exponentiate(values, largest, 0.5f, probabilities);
        for (int i = 0; i < length; i++) Assert.Equal(Math.Exp((values[i] - largest) * 0.5), probabilities[i], 1e-6);
        Assert.Equal(0, probabilities[0]);
        Assert.Equal(probabilities.Sum(value => (double)value), sum, 1e-9 * length);
    }

    private static float[] Random(int length)
    {
        var random = new Random(length);
        return [.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() * 20) - 10)];
    }
}
