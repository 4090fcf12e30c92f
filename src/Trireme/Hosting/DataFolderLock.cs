using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.Hosting;

/// <summary>
/// Held while a platform runs on a data folder, so that a second one never writes to it. The system releases it with the
/// process.
/// </summary>
internal sealed class DataFolderLock : IDisposable
{
    private readonly FileStream _stream;

    private DataFolderLock(FileStream stream) => _stream = stream;

    /// <exception cref="CommandException">Another platform runs on the folder, or it cannot be written.</exception>
    public static DataFolderLock Acquire(DataFolderLayout layout)
    {
        try
        {
            PrivateFile.CreateFolder(layout.Root);
            RegularFile.ThrowIfOther(layout.Lock);
            return new DataFolderLock(PrivateFile.Lock(layout.Lock));
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new CommandException($"{layout.Root} cannot be written: {Clause.Of(exception)}", ExitCode.Failure, exception);
        }
        catch (IOException exception) when (exception is not IrregularFileException && File.Exists(layout.Lock))
        {
            throw new CommandException(
                $"a platform runs on {layout.Root} already; stop it, or choose another folder with --data-dir",
                ExitCode.Failure, exception);
        }
        catch (IOException exception)
        {
            throw new CommandException(
                $"{layout.Root} cannot be used as the data folder: {Clause.Of(exception)}; choose another with --data-dir",
                ExitCode.OfFile(exception), exception);
        }
    }

    /// <summary>Whether a platform holds it. Asks with a shared lock, which collides with the platform's and with nobody else's.</summary>
    /// <exception cref="IOException">What is there is no file that can be held.</exception>
    public static bool IsHeld(DataFolderLayout layout)
    {
        RegularFile.ThrowIfOther(layout.Lock);
        try
        {
            using var probe = new FileStream(layout.Lock, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _stream.Dispose();
}
