using System.Buffers.Binary;
using System.Text.Json;

namespace Trireme.Inference.Formats;

/// <summary>
/// Reads a safetensors file: eight bytes of header length, a JSON header, then the tensors back to back. Everything the header
/// claims is checked. As in the reference reader, the header is at most 100 MB and the tensors cover the data exactly:
/// no overlap, no gap, nothing left over.
/// </summary>
internal sealed unsafe class SafetensorsHeader(MappedFile file)
{
    public const int PrefixBytes = 8;

    private const long HeaderBytesMax = 100_000_000;
    private const int RankMax = 8;
    private const int TensorCountMax = 1 << 20;
    private const string Remedy = "Fetch the file again or convert the model anew.";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    public IReadOnlyList<ModelTensor> Read()
    {
        ulong claimed = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(file.Address(0), PrefixBytes));
        if (claimed > HeaderBytesMax || (long)claimed > file.Length - PrefixBytes)
        {
            throw Malformed($"the header claims {claimed} bytes; the file has {file.Length} and a header at most {HeaderBytesMax}.");
        }

        // A stream over the mapping: the parser copies the header once, into a pooled buffer.
        using UnmanagedMemoryStream stream = new(file.Address(PrefixBytes), (long)claimed);
        try
        {
            using JsonDocument header = JsonDocument.Parse(stream, Strict);
            if (header.RootElement.ValueKind != JsonValueKind.Object) throw Malformed("the header is not a JSON object.");
            return ReadTensors(header.RootElement, PrefixBytes + (long)claimed);
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException(file.Name, $"the header is not valid JSON: {exception.Message}", Remedy, exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new ModelFormatException(file.Name, "the header holds text that is not Unicode.", Remedy, exception);
        }
    }

    private List<ModelTensor> ReadTensors(JsonElement header, long dataStart)
    {
        var tensors = new List<(long Begin, ModelTensor Tensor)>();
        foreach (JsonProperty entry in header.EnumerateObject())
        {
            if (entry.NameEquals("__metadata__")) continue;
            if (tensors.Count == TensorCountMax) throw Malformed($"it has more than {TensorCountMax} tensors.");
            tensors.Add(ReadTensor(entry.Name, entry.Value, dataStart));
        }

        // Empty tensors share their begin with the next one, so they sort before it.
        tensors.Sort(static (a, b) =>
            a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.Tensor.ByteLength.CompareTo(b.Tensor.ByteLength));
        long expected = 0;
        var result = new List<ModelTensor>(tensors.Count);
        foreach ((long begin, ModelTensor tensor) in tensors)
        {
            if (begin != expected) throw Malformed($"tensor '{tensor.Name}' begins at byte {begin} of the data; expected {expected}.");
            expected += tensor.ByteLength;
            result.Add(tensor);
        }

        long dataLength = file.Length - dataStart;
        if (expected != dataLength) throw Malformed($"its tensors cover {expected} bytes of {dataLength} bytes of data.");
        return result;
    }

    private (long Begin, ModelTensor Tensor) ReadTensor(string tensorName, JsonElement entry, long dataStart)
    {
        if (entry.ValueKind != JsonValueKind.Object) throw Malformed(tensorName, "is not described by an object.");
        TensorType type = ReadType(tensorName, entry);
        int[] shape = ReadShape(tensorName, entry, out Int128 bytes);
        bytes *= type.BlockBytes();
        if (!entry.TryGetProperty("data_offsets", out JsonElement offsets)
            || offsets.ValueKind != JsonValueKind.Array || offsets.GetArrayLength() != 2
            || offsets[0].ValueKind != JsonValueKind.Number || !offsets[0].TryGetInt64(out long begin)
            || offsets[1].ValueKind != JsonValueKind.Number || !offsets[1].TryGetInt64(out long end))
        {
            throw Malformed(tensorName, "has no data_offsets of two whole numbers.");
        }

        if (begin < 0 || end < begin || end > file.Length - dataStart)
        {
            throw Malformed(tensorName, $"lies at bytes {begin} to {end}, outside the {file.Length - dataStart} bytes of data.");
        }

        if (bytes != end - begin) throw Malformed(tensorName, $"has {end - begin} bytes; its shape and dtype need {bytes}.");
        return (begin, new ModelTensor(file, tensorName, type, shape, dataStart + begin, end - begin));
    }

    private TensorType ReadType(string tensorName, JsonElement entry)
    {
        entry.TryGetProperty("dtype", out JsonElement value);
        string? type = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return type switch
        {
            "F32" => TensorType.F32,
            "F16" => TensorType.F16,
            "BF16" => TensorType.BF16,
            _ => throw Malformed(tensorName, $"has dtype '{type}'; known are F32, F16, BF16."),
        };
    }

    private int[] ReadShape(string tensorName, JsonElement entry, out Int128 elements)
    {
        entry.TryGetProperty("shape", out JsonElement value);
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > RankMax)
        {
            throw Malformed(tensorName, $"has no shape of at most {RankMax} dimensions.");
        }

        // The product stops at the file's size: eight 31-bit dimensions could exceed even 128 bits.
        elements = 1;
        var shape = new int[value.GetArrayLength()];
        for (int i = 0; i < shape.Length; i++)
        {
            JsonElement dimension = value[i];
            if (dimension.ValueKind != JsonValueKind.Number || !dimension.TryGetInt32(out shape[i]) || shape[i] < 0)
            {
                throw Malformed(tensorName, $"has a dimension that is not a whole number from 0 to {int.MaxValue}.");
            }

            elements *= shape[i];
            if (elements > file.Length) throw Malformed(tensorName, "has a shape larger than the file.");
        }

        return shape;
    }

    private ModelFormatException Malformed(string tensorName, string problem) => Malformed($"tensor '{tensorName}' {problem}");

    private ModelFormatException Malformed(string problem) => new(file.Name, problem, Remedy);
}
