using System.Text;
using System.Text.Unicode;
using Trireme.Contracts.Storage;

namespace Trireme.Contracts.Serialization;

/// <summary>Reads the text of files that people write, within a bound, and only if all of it is text.</summary>
public static class YamlFile
{
    private const int ChunkBytes = 64 << 10;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <exception cref="IrregularFileException">It is a folder, a pipe, a device or a socket.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="InvalidDataException">The file is larger than the bound.</exception>
    /// <exception cref="FormatException">The file is not UTF-8; the message names the line.</exception>
    public static string Read(string path, int maxBytes)
    {
        if (Directory.Exists(path)) throw new IrregularFileException($"{path} is a folder, not a file");

        // Without a buffer of its own the stream reads no further than it is asked to.
        using FileStream stream = RegularFile.OpenGiven(path, bufferBytes: 0);
        return Read(stream, maxBytes);
    }

    /// <summary>Reads a stream to its end, which may have no length, such as a pipe's.</summary>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="InvalidDataException">The stream holds more than the bound.</exception>
    /// <exception cref="FormatException">The stream is not UTF-8; the message names the line.</exception>
    public static string Read(Stream stream, int maxBytes)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var content = new MemoryStream();
        byte[] chunk = new byte[ChunkBytes];
        while (content.Length <= maxBytes)
        {
            // One byte over the bound is enough to know.
            int read = stream.Read(chunk, 0, (int)Math.Min(chunk.Length, maxBytes + 1 - content.Length));
            if (read == 0) return Decode(content.GetBuffer().AsSpan(0, (int)content.Length));
            content.Write(chunk, 0, read);
        }

        throw new InvalidDataException($"it is larger than {new ByteSize(maxBytes)}");
    }

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(ByteOrderMark)) bytes = bytes[ByteOrderMark.Length..];
        int line = 1;
        foreach (Range range in bytes.Split((byte)'\n'))
        {
            if (!Utf8.IsValid(bytes[range])) throw new FormatException($"line {line}: it is not UTF-8 text; save the file as UTF-8");
            line++;
        }

        return Encoding.UTF8.GetString(bytes);
    }
}
