using System.Buffers.Binary;
using System.Text;

namespace Trireme.Inference.Formats.Gguf;

/// <summary>Reads a GGUF header from front to back; nothing is read past the end of the file.</summary>
internal sealed unsafe class GgufCursor(MappedFile file, long position)
{
    public const string Remedy = "Fetch the file again or convert the model anew.";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Byte of the file that is read next.</summary>
    public long Position { get; private set; } = position;

    public long Remaining => file.Length - Position;

    public MappedFile File => file;

    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint), what));

    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong), what));

    /// <summary>A count of things that take at least so many bytes each, so that the file bounds what a count can ask for.</summary>
    public int Count(string what, int countMax, int bytesMin)
    {
        ulong count = UInt64(what);
        if (count > (ulong)Math.Min(countMax, Remaining / bytesMin))
        {
            throw Malformed($"{what} is {count}; the rest of the file holds at most {Remaining / bytesMin} and the most is {countMax}.");
        }

        return (int)count;
    }

    /// <summary>The bytes of a string, which is preceded by its length.</summary>
    public ReadOnlySpan<byte> TextBytes(string what, int bytesMax)
    {
        ulong length = UInt64(what);
        if (length > (ulong)Math.Min(bytesMax, Remaining))
        {
            throw Malformed($"{what} has {length} bytes; the rest of the file has {Remaining} and the most is {bytesMax}.");
        }

        return Take((long)length, what);
    }

    public string Text(string what, int bytesMax)
    {
        ReadOnlySpan<byte> bytes = TextBytes(what, bytesMax);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new ModelFormatException(file.Name, $"{what} is no UTF-8 text.", Remedy, exception);
        }
    }

    public ReadOnlySpan<byte> Take(long count, string what)
    {
        if (count < 0 || count > Remaining) throw Malformed($"it ends at byte {file.Length}, within {what}.");
        var bytes = new ReadOnlySpan<byte>(file.Address(Position), checked((int)count));
        Position += count;
        return bytes;
    }

    public void Skip(long count, string what)
    {
        if (count < 0 || count > Remaining) throw Malformed($"it ends at byte {file.Length}, within {what}.");
        Position += count;
    }

    public ModelFormatException Malformed(string problem) => new(file.Name, problem, Remedy);
}
