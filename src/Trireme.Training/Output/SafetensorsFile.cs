using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Training.Output;

/// <summary>
/// bfloat16 weights in the safetensors format: the length of the header as 8 little-endian bytes, the header as JSON, then
/// the values of all tensors without gaps. Source: the format description of huggingface/safetensors.
/// </summary>
internal static class SafetensorsFile
{
    private const int LengthBytes = 8;

    public static byte[] Write(IEnumerable<(string Name, long[] Shape, float[] Values)> tensors)
    {
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        using var data = new MemoryStream();
        Span<byte> two = stackalloc byte[2];
        foreach ((string name, long[] shape, float[] values) in tensors)
        {
            long start = data.Length;
            foreach (float value in values)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(two, Bfloat16.FromSingle(value));
                data.Write(two);
            }

            header[name] = new JsonObject
            {
                ["dtype"] = "BF16",
                ["shape"] = new JsonArray([.. shape.Select(size => JsonValue.Create(size))]),
                ["data_offsets"] = new JsonArray(start, data.Length),
            };
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        // Spaces after the JSON put the values at a multiple of eight, so that they can be mapped and read in place.
        int padded = (json.Length + 7) / 8 * 8;
        var file = new byte[LengthBytes + padded + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, padded);
        json.CopyTo(file, LengthBytes);
        file.AsSpan(LengthBytes + json.Length, padded - json.Length).Fill((byte)' ');
        data.ToArray().CopyTo(file, LengthBytes + padded);
        return file;
    }

    /// <summary>Reads a file of bfloat16 tensors back.</summary>
    /// <exception cref="InvalidDataException">The file is cut short, malformed, or holds another type.</exception>
    public static Dictionary<string, (long[] Shape, float[] Values)> Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < LengthBytes) throw new InvalidDataException("The safetensors file is shorter than its length field.");
        long headerLength = BinaryPrimitives.ReadInt64LittleEndian(file);
        if (headerLength < 2 || headerLength > file.Length - LengthBytes)
        {
            throw new InvalidDataException($"The safetensors header cannot have {headerLength} bytes.");
        }

        ReadOnlySpan<byte> data = file[(LengthBytes + (int)headerLength)..];
        try
        {
            using JsonDocument header = JsonDocument.Parse(file.Slice(LengthBytes, (int)headerLength).ToArray());
            var tensors = new Dictionary<string, (long[], float[])>();
            foreach (JsonProperty tensor in header.RootElement.EnumerateObject())
            {
                if (tensor.Name != "__metadata__") tensors.Add(tensor.Name, ReadTensor(tensor, data));
            }

            return tensors;
        }
        catch (Exception exception) when (
            exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"The safetensors header is malformed: {exception.Message}", exception);
        }
    }

    private static (long[] Shape, float[] Values) ReadTensor(JsonProperty tensor, ReadOnlySpan<byte> data)
    {
        string? type = tensor.Value.GetProperty("dtype").GetString();
        if (type != "BF16") throw new InvalidDataException($"Tensor {tensor.Name} has type {type}; only BF16 is read.");

        long[] shape = [.. tensor.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        JsonElement offsets = tensor.Value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2) throw new InvalidDataException($"Tensor {tensor.Name} has no first and last byte.");
        long start = offsets[0].GetInt64();
        long end = offsets[1].GetInt64();
        double count = shape.Aggregate(1.0, (product, size) => product * size);
        if (start < 0 || start > end || end > data.Length || end - start != count * 2)
        {
            throw new InvalidDataException($"Tensor {tensor.Name} does not fit bytes {start} to {end}.");
        }

        var values = new float[(end - start) / 2];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Bfloat16.ToSingle(BinaryPrimitives.ReadUInt16LittleEndian(data[((int)start + (i * 2))..]));
        }

        return (shape, values);
    }
}
