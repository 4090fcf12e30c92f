using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Trireme.Inference.Formats;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Formats;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string, string> MalformedHeaders => new()
    {
        { "no JSON", "{", "not valid JSON" },
        { "no object", "[]", "not a JSON object" },
        { "an entry that is no object", """{"a":1}""", "not described by an object" },
        { "an unknown dtype", """{"a":{"dtype":"I8","shape":[8],"data_offsets":[0,8]}}""", "known are F32, F16, BF16" },
        { "no shape", """{"a":{"dtype":"F32","data_offsets":[0,8]}}""", "no shape" },
        { "a negative dimension", """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "a dimension" },
        { "a fractional dimension", """{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "a dimension" },
        {
            "a shape whose product overflows",
            """{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,8]}}""",
            "larger than the file"
        },
        { "too many dimensions", """{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}""", "at most 8 dimensions" },
        { "offsets past the end", """{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "outside the 8 bytes" },
        { "offsets that run backwards", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "outside the 8 bytes" },
        { "negative offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "outside the 8 bytes" },
        { "offsets beyond 64 bits", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}""", "two whole numbers" },
        { "a size that is not its shape's", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", "its shape and dtype need 4" },
        {
            "overlapping tensors",
            """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
            "begins at byte 4"
        },
        { "a gap", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "expected 0" },
        { "bytes left over", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "cover 4 bytes of 8" },
        {
            "a name twice",
            """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
            "not valid JSON"
        },
        { "a name with half a surrogate pair", """{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "not Unicode" },
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tensors_are_read_in_place_with_their_shape_and_type()
    {
        byte[] file = new SafetensorsBuilder()
            .AddSingles("weight", [2, 3], 1, 2, 3, 4, 5, 6)
            .Add("half", "BF16", [1], [0x80, 0x3F])
            .Add("empty", "F16", [0, 4], [])
            .AddSingles("scalar", [], 7)
            .Build();
        using SafetensorsSet set = Open(file);
        ModelTensor weight = set.Get("weight", 2, 3);
        Assert.Equal(TensorType.F32, weight.Type);
        Assert.Equal([2, 3], weight.Shape);
        Assert.Equal(6, weight.ElementCount);
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f], MemoryMarshal.Cast<byte, float>(weight.Bytes).ToArray());
        Assert.Equal(5f, BinaryPrimitives.ReadSingleLittleEndian(weight.Slice(16, 4)));
        Assert.Equal([0x80, 0x3F], set.Get("half", 1).Bytes.ToArray());
        Assert.True(set.Get("empty", 0, 4).Bytes.IsEmpty);
        Assert.Equal(1, set.Get("scalar").ElementCount);
        Assert.Equal(4, set.Tensors.Count);
        Assert.False(set.TryGet("absent", out _));
    }

    [Theory]
    [MemberData(nameof(MalformedHeaders))]
    public void A_malformed_header_is_refused_with_its_reason(string what, string header, string reason)
    {
        var exception = Assert.Throws<ModelFormatException>(() => Open(SafetensorsBuilder.File(header, new byte[8])));
        Assert.True(exception.Message.Contains(reason, StringComparison.Ordinal), $"{what}: {exception.Message}");
        Assert.StartsWith("model.safetensors: ", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 0, 0 })]
    [InlineData(new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, 123 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 123 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void A_file_without_a_whole_header_is_refused(byte[] file) => Assert.Throws<ModelFormatException>(() => Open(file));

    [Fact]
    public void Mutated_files_are_read_or_refused_and_never_crash()
    {
        byte[] original = new SafetensorsBuilder().AddSingles("a", [2], 1, 2).Add("b", "BF16", [2, 1], [1, 2, 3, 4]).Build();
        var random = new Random(20_260_101);
        int refused = 0;
        int rounds = FuzzRounds.Of(1500);
        for (int i = 0; i < rounds; i++)
        {
            byte[] mutated = Mutation.Of(original, random);
            try
            {
                using SafetensorsSet set = Open(mutated);
                foreach (ModelTensor tensor in set.Tensors) Assert.Equal(tensor.ByteLength, tensor.Bytes.ToArray().Length);
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, rounds * 7 / 15, rounds - 1);
    }

    [Fact]
    public void A_tensor_of_another_shape_or_name_is_refused_by_name()
    {
        using SafetensorsSet set = Open(new SafetensorsBuilder().AddSingles("a", [2], 1, 2).Build());
        var shape = Assert.Throws<ModelFormatException>(() => set.Get("a", 1, 2));
        Assert.Contains("tensor 'a' has shape [2]; config.json asks for [1, 2]", shape.Message, StringComparison.Ordinal);
        var name = Assert.Throws<ModelFormatException>(() => set.Get("b", 2));
        Assert.Contains("tensor 'b' is missing", name.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Slices_outside_a_tensor_and_tensors_of_a_disposed_set_cannot_be_read()
    {
        SafetensorsSet set = Open(new SafetensorsBuilder().AddSingles("a", [2], 1, 2).AddSingles("b", [1], 3).Build());
        ModelTensor tensor = set.Get("a", 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Slice(4, 8).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Slice(-1, 4).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Slice(long.MaxValue, 4).Length);
        set.Dispose();
        set.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.Bytes.Length);
    }

    [Fact]
    public void Shards_are_joined_through_their_index()
    {
        File.WriteAllBytes(_folder.File("one.safetensors"), new SafetensorsBuilder().AddSingles("a", [1], 1).Build());
        File.WriteAllBytes(_folder.File("two.safetensors"), new SafetensorsBuilder().AddSingles("b", [1], 2).Build());
        WriteIndex("""{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}""");
        using var set = SafetensorsSet.OpenFolder(_folder.Path);
        Assert.Equal(2f, BinaryPrimitives.ReadSingleLittleEndian(set.Get("b", 1).Bytes));
        Assert.Equal(2, set.Tensors.Count);
    }

    [Theory]
    [InlineData("""{}""", "weight_map")]
    [InlineData("""{"weight_map":{"a":"absent.safetensors"}}""", "absent.safetensors")]
    [InlineData("""{"weight_map":{"b":"one.safetensors"}}""", "does not hold it")]
    [InlineData("""{"weight_map":{"a":"../one.safetensors"}}""", "must name a file")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "must name a file")]
    [InlineData("""{"weight_map":{"a":7}}""", "expected a string")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"one.safetensors"}}""", "twice")]
    public void A_malformed_index_is_refused_with_its_reason(string index, string reason)
    {
        File.WriteAllBytes(_folder.File("one.safetensors"), new SafetensorsBuilder().AddSingles("a", [1], 1).Build());
        WriteIndex(index);
        var exception = Assert.Throws<ModelFormatException>(() => SafetensorsSet.OpenFolder(_folder.Path));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    private SafetensorsSet Open(byte[] content)
    {
        string path = _folder.File("model.safetensors");
        File.WriteAllBytes(path, content);
        return SafetensorsSet.OpenFolder(_folder.Path);
    }

    private void WriteIndex(string json) => File.WriteAllText(_folder.File("model.safetensors.index.json"), json);
}
