using System.Buffers.Binary;
using System.Text;

namespace Trireme.Worker.Tests.Onnx;

/// <summary>Writes the fields of a protocol buffers message, as far as ONNX files need them.</summary>
internal sealed class OnnxFileWriter
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public OnnxFileWriter Number(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    public OnnxFileWriter Bytes(int field, byte[] value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    public OnnxFileWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public OnnxFileWriter Message(int field, Action<OnnxFileWriter> write)
    {
        var inner = new OnnxFileWriter();
        write(inner);
        return Bytes(field, inner.ToArray());
    }

    public OnnxFileWriter Singles(int field, params float[] values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        return Bytes(field, bytes);
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
    }
}
