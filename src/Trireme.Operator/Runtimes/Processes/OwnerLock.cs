using Trireme.Contracts.Storage;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>
/// A lock on a file, held while the platform lives; the kernel lets it go even if the platform is killed. Workers end when nobody
/// has held it for a while, and a second platform on the same folder is refused.
/// </summary>
internal sealed class OwnerLock : IDisposable
{
    /// <summary>A worker that probes the lock holds it for a moment, which must not look like another platform.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _file;

    private OwnerLock(FileStream file) => _file = file;

    /// <exception cref="IOException">Another process holds the lock.</exception>
    public static async Task<OwnerLock> AcquireAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        PrivateFile.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        long started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new OwnerLock(PrivateFile.Lock(path));
            }
            catch (IOException exception) when (time.GetElapsedTime(started) >= Patience)
            {
                throw new IOException(
                    $"{path} is locked: another Trireme runs with this data folder. Stop it or choose another data folder.", exception);
            }
            catch (IOException)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
