using System.Text;
using Trireme.Contracts.Storage;

namespace Trireme.Inference.Formats;

/// <summary>Reads small files of a model folder; failures to read become <see cref="ModelFormatException"/>.</summary>
internal static class ModelFile
{
    private const int BufferBytes = 4096;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static byte[] ReadAllBytes(string path, long bytesMax)
    {
        string name = Path.GetFileName(path);
        try
        {
            using FileStream stream = RegularFile.OpenRead(path, BufferBytes);
            if (stream.Length > bytesMax)
            {
                throw new ModelFormatException(name, $"it has {stream.Length} bytes; the most is {bytesMax}.", "Fetch the model again.");
            }

            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            PinnedReading.Current?.Saw(path, content);
            return content;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            string folder = Path.GetDirectoryName(path) ?? path;
            throw new ModelFormatException(name, $"it is missing from {folder}.", "Fetch the complete model folder.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string problem = $"it cannot be read: {exception.Message}";
            throw new ModelFormatException(name, problem, "Check the file and its permissions.", exception);
        }
    }

    public static string ReadAllText(string path, long bytesMax)
    {
        try
        {
            return StrictUtf8.GetString(ReadAllBytes(path, bytesMax)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException exception)
        {
            throw new ModelFormatException(Path.GetFileName(path), "it is not UTF-8 text.", "Save it as UTF-8.", exception);
        }
    }
}
