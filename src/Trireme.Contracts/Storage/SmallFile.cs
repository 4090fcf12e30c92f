using System.Text;

namespace Trireme.Contracts.Storage;

/// <summary>
/// Reads the platform's own small files, such as keys, certificates and notes: no more than such a file can hold, and nothing of what is
/// not a file, which may never end.
/// </summary>
public static class SmallFile
{
    /// <summary>The most bytes that are read; the largest of these files has some ten thousand.</summary>
    public const int BytesMax = 1 << 20;

    /// <exception cref="IrregularFileException">It is too large, or is a pipe, a device, a socket or a folder.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        using FileStream file = RegularFile.OpenRead(path, bufferBytes: 0);
        long length = file.Length;
        if (length > BytesMax)
        {
            throw new IrregularFileException(
                $"{path} has {length} bytes, and at most {BytesMax} belong there; put the right file in its place.");
        }

        var content = new byte[length];
        int read = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return read == content.Length ? content : content[..read];
    }

    /// <summary>The same as text, in UTF-8 unless it begins with another encoding's mark.</summary>
    /// <exception cref="IOException">The same.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static string ReadAllText(string path)
    {
        using var reader = new StreamReader(new MemoryStream(ReadAllBytes(path)), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
