using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using CsCheck;
using Trireme.Training.Output;

namespace Trireme.Training.Tests.Output;

public class SafetensorsTests
{
    private static readonly byte[] File = SafetensorsFile.Write(
        [("a.weight", [2, 3], [1, -2, 0.5f, 3, 0, -0.25f]), ("b", [1], [1.00390625f])]);

    [Fact]
    public void The_layout_is_a_length_a_padded_header_and_the_values_without_gaps()
    {
        long length = BinaryPrimitives.ReadInt64LittleEndian(File);
        Assert.Equal(0, length % 8);
        using JsonDocument header = JsonDocument.Parse(Encoding.UTF8.GetString(File, 8, (int)length));
        JsonElement a = header.RootElement.GetProperty("a.weight");
        Assert.Equal("BF16", a.GetProperty("dtype").GetString());
        Assert.Equal([2, 3], a.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
        JsonElement b = header.RootElement.GetProperty("b");
        Assert.Equal([0, 12], a.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt32()));
        Assert.Equal([12, 14], b.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt32()));
        Assert.Equal("pt", header.RootElement.GetProperty("__metadata__").GetProperty("format").GetString());
        Assert.Equal(8 + length + 14, File.Length);
        // 1.0 is 0x3F80 as bfloat16.
        Assert.Equal(0x3F80, BinaryPrimitives.ReadUInt16LittleEndian(File.AsSpan((int)length + 8)));
    }

    [Fact]
    public void Values_come_back_as_bfloat16_holds_them()
    {
        Dictionary<string, (long[] Shape, float[] Values)> read = SafetensorsFile.Read(File);
        Assert.Equal([2, 3], read["a.weight"].Shape);
        Assert.Equal([1, -2, 0.5f, 3, 0, -0.25f], read["a.weight"].Values);
        // Half way between 1 and 1.0078125: to the even one.
        Assert.Equal([1f], read["b"].Values);
    }

    [Theory]
    [InlineData(1.0f, 0x3F80)]
    [InlineData(-2.5f, 0xC020)]
    [InlineData(1.00390625f, 0x3F80)]
    [InlineData(1.01171875f, 0x3F82)]
    [InlineData(1.005f, 0x3F81)]
    [InlineData(3.4e38f, 0x7F80)]
    public void Rounding_is_to_the_nearest_and_ties_go_to_even(float value, int bits) =>
        Assert.Equal((ushort)bits, Bfloat16.FromSingle(value));

    [Fact]
    public void What_bfloat16_holds_is_not_changed_by_rounding() =>
        Gen.Float[-1e30f, 1e30f].Sample(
            value => Assert.Equal(Bfloat16.Round(value), Bfloat16.Round(Bfloat16.Round(value))),
            seed: "000000000020");

    [Theory]
    [InlineData("""{"t":{"dtype":"BF16","shape":[1],"data_offsets":[0]}}""")]
    [InlineData("""{"t":{"dtype":"BF16","shape":[-1],"data_offsets":[2,0]}}""")]
    [InlineData("""{"t":{"dtype":"BF16","shape":[1],"data_offsets":2}}""")]
    public void Offsets_that_are_no_range_are_refused(string header)
    {
        byte[] text = System.Text.Encoding.UTF8.GetBytes(header);
        byte[] file = [.. BitConverter.GetBytes((long)text.Length), .. text, 0, 0];
        Assert.Throws<InvalidDataException>(() => SafetensorsFile.Read(file));
    }

    [Fact]
    public void A_damaged_file_is_refused_and_never_anything_else()
    {
        Gen.Select(Gen.Int[0, File.Length - 1], Gen.Byte, Gen.Int[0, File.Length]).Sample(
            (position, value, length) =>
            {
                byte[] damaged = [.. File];
                damaged[position] = value;
                try
                {
                    SafetensorsFile.Read(damaged.AsSpan(0, length));
                }
                catch (InvalidDataException)
                {
                    // The one error a caller has to expect.
                }
            },
            iter: 5000,
            seed: "000000000030");
    }
}
