using System.Buffers.Binary;
using System.Text;

namespace Trireme.Worker.Onnx;

/// <summary>
/// The protocol's binary tensor data extension: elements in little-endian order without gaps; a truth value is a byte of 0 or 1, and a
/// text its length in four bytes and its UTF-8.
/// </summary>
internal static class TensorBinary
{
    private const int LengthBytes = sizeof(uint);

    /// <param name="bytes">The elements.</param>
    /// <param name="spec">Name, type and shape of the tensor.</param>
    /// <param name="count">Elements the shape asks for.</param>
    /// <param name="field">What told the number of bytes, for errors.</param>
    /// <param name="utf8">An encoding that refuses what is no UTF-8.</param>
    /// <exception cref="MalformedRequestException">The bytes do not fit.</exception>
    public static Tensor Read(ReadOnlySpan<byte> bytes, Tensor spec, int count, string field, UTF8Encoding utf8)
    {
        string[] texts = spec.Type == InferDatatype.Bytes ? ReadTexts(bytes, count, field, utf8) : [];
        if (spec.Type != InferDatatype.Bytes && bytes.Length != (long)count * spec.Type.SizeOf())
        {
            throw new MalformedRequestException(
                field, $"is {bytes.Length}; {count} values of {spec.Type.NameOf()} take {(long)count * spec.Type.SizeOf()} bytes.");
        }

        if (spec.Type == InferDatatype.Bool && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
        {
            throw new MalformedRequestException(field, "covers a BOOL that is neither 0 nor 1.");
        }

        byte[] data = spec.Type == InferDatatype.Bytes ? [] : bytes.ToArray();
        return new Tensor { Name = spec.Name, Type = spec.Type, Shape = spec.Shape, Data = data, Texts = texts };
    }

    /// <summary>The elements as bytes.</summary>
    public static byte[] Write(Tensor tensor)
    {
        if (tensor.Type != InferDatatype.Bytes) return tensor.Data;
        var bytes = new byte[tensor.Texts.Sum(static text => LengthBytes + Encoding.UTF8.GetByteCount(text))];
        int offset = 0;
        foreach (string text in tensor.Texts)
        {
            int length = Encoding.UTF8.GetBytes(text, bytes.AsSpan(offset + LengthBytes));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), (uint)length);
            offset += LengthBytes + length;
        }

        return bytes;
    }

    private static string[] ReadTexts(ReadOnlySpan<byte> bytes, int count, string field, UTF8Encoding utf8)
    {
        if (count > bytes.Length / LengthBytes)
        {
            throw new MalformedRequestException(field, $"is {bytes.Length}, which has no room for {count} texts.");
        }

        var texts = new string[count];
        for (int i = 0; i < count; i++)
        {
            uint length = bytes.Length < LengthBytes ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            if (length > bytes.Length - LengthBytes) throw new MalformedRequestException(field, $"ends within text {i}.");
            try
            {
                texts[i] = utf8.GetString(bytes.Slice(LengthBytes, (int)length));
            }
            catch (DecoderFallbackException)
            {
                throw new MalformedRequestException(field, $"covers a text {i} that is no UTF-8.");
            }

            bytes = bytes[(LengthBytes + (int)length)..];
        }

        return bytes.IsEmpty ? texts : throw new MalformedRequestException(field, $"covers {bytes.Length} bytes behind the last text.");
    }
}
