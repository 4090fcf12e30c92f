using System.Text;

namespace Trireme.Contracts.Storage;

/// <summary>Files for their owner only.</summary>
public static class PrivateFile
{
    /// <summary>What a file may be for its owner, and for nobody else.</summary>
    public const UnixFileMode ForFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The same of a folder.</summary>
    public const UnixFileMode ForFolder = ForFile | UnixFileMode.UserExecute;

    /// <summary>How the name ends that a file bears while it is written.</summary>
    private const string Unfinished = ".tmp";

    /// <summary>Makes a folder and those above it that are missing.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void CreateFolder(string path) => Directory.CreateDirectory(path, ForFolder);

    /// <summary>Makes a file that is not there yet and opens it to be written.</summary>
    /// <exception cref="IOException">It is there, or cannot be made.</exception>
    public static FileStream Create(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        UnixCreateMode = ForFile,
    });

    /// <summary>Opens a file that only one process at a time may hold, and takes it from others' eyes where it was open to them.</summary>
    /// <exception cref="IOException">Another process holds it, or it cannot be made.</exception>
    public static FileStream Lock(string path)
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            UnixCreateMode = ForFile,
        });
        try
        {
            if (File.GetUnixFileMode(file.SafeFileHandle) != ForFile) File.SetUnixFileMode(file.SafeFileHandle, ForFile);
        }
        catch (UnauthorizedAccessException)
        {
            // Another user's file, which may be locked all the same. A lock holds no secret.
        }

        return file;
    }

    /// <summary>Writes a file whole or not at all.</summary>
    /// <exception cref="IOException">The folder cannot be made or the file cannot be written; what stood there stays.</exception>
    public static void Write(string path, string content)
    {
        CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string temporary = $"{path}.{Guid.NewGuid():n}{Unfinished}";
        try
        {
            using (FileStream file = Create(temporary))
            {
                file.Write(Encoding.UTF8.GetBytes(content));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            // On a full disk each try would leave another.
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Removes what <see cref="Write"/> left in a folder where a process died in the middle of it.</summary>
    /// <param name="folder">A folder that nobody writes to now.</param>
    /// <exception cref="IOException">The folder cannot be read, or a file in it not be removed.</exception>
    public static void RemoveUnfinished(string folder)
    {
        if (!Directory.Exists(folder)) return;
        foreach (string file in Directory.EnumerateFiles(folder, "*" + Unfinished).Where(IsUnfinished)) File.Delete(file);
    }

    /// <summary>Only what bears a name as this class gives them: a folder that was named may hold other people's files.</summary>
    private static bool IsUnfinished(string file) =>
        Guid.TryParseExact(Path.GetExtension(Path.GetFileNameWithoutExtension(file)).TrimStart('.'), "n", out _);
}
