using System.Buffers.Binary;
using System.Text.Json;
using Trireme.Contracts.Storage;

namespace Trireme.Operator.Releases;

/// <summary>A tensor's place and shape.</summary>
internal sealed record TensorShape(string File, string Name, IReadOnlyList<long> Shape);

/// <summary>Shapes from the head of a safetensors file; nothing of its weights is read.</summary>
internal static class SafetensorsHeader
{
    /// <summary>The format's own limit.</summary>
    private const long BytesMax = 100_000_000;

    /// <summary>The first tensor of some names; null where there is none, or the file is none of this kind.</summary>
    public static TensorShape? Find(string path, IReadOnlyList<string> names) => Find(path, names.Contains);

    public static TensorShape? Find(string path, Func<string, bool> isWanted)
    {
        try
        {
            using FileStream file = RegularFile.OpenRead(path, 0);
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            if (file.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) < length.Length) return null;
            ulong bytes = BinaryPrimitives.ReadUInt64LittleEndian(length);
            if (bytes > BytesMax || bytes > (ulong)(file.Length - length.Length)) return null;
            var header = new byte[bytes];
            file.ReadExactly(header);
            return Find(header, Path.GetFileName(path), isWanted);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or EndOfStreamException)
        {
            return null;
        }
    }

    private static TensorShape? Find(ReadOnlySpan<byte> header, string file, Func<string, bool> isWanted)
    {
        var reader = new Utf8JsonReader(header);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (!isWanted(name) || reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            using JsonDocument tensor = JsonDocument.ParseValue(ref reader);

            // Packed numbers have shapes of their own.
            if (!tensor.RootElement.TryGetProperty("dtype", out JsonElement type)) return null;
            if (type.GetString() is not ("F32" or "F16" or "BF16")) return null;
            if (!tensor.RootElement.TryGetProperty("shape", out JsonElement shape) || shape.ValueKind != JsonValueKind.Array) return null;
            var sizes = new List<long>();
            foreach (JsonElement size in shape.EnumerateArray())
            {
                if (!size.TryGetInt64(out long number)) return null;
                sizes.Add(number);
            }

            return new TensorShape(file, name, sizes);
        }

        return null;
    }
}
