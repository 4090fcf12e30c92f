using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Trireme.Contracts.Storage;
using Trireme.Contracts.Timing;

namespace Trireme.Operator.Artifacts;

/// <summary>
/// Brings one file into the store. What a crash or a cut connection leaves of it is the beginning of the next attempt, and what comes out
/// is checked as a whole: bytes on disk are believed as little as bytes from the wire.
/// </summary>
internal sealed class FileDownload(ArtifactStore store, TimeProvider time)
{
    private const int ChunkBytes = 256 << 10;

    /// <summary>Connections in a row that bring nothing before the file waits for the release's next turn.</summary>
    private const int FruitlessMax = 4;

    private static readonly Backoff Pauses = new() { First = TimeSpan.FromSeconds(1) };

    /// <summary>The content's SHA-256, once it is a blob.</summary>
    /// <param name="address">Where it comes from, for people.</param>
    /// <param name="file">What it must be.</param>
    /// <param name="key">What its beginning is kept as.</param>
    /// <param name="open">Opens it from a byte on.</param>
    /// <param name="progress">Is told of every byte.</param>
    /// <param name="cancellationToken">Ends it; what is here stays.</param>
    public async Task<string> RunAsync(
        string address,
        RemoteFile file,
        string key,
        Func<long, CancellationToken, Task<RemoteContent>> open,
        FetchProgress progress,
        CancellationToken cancellationToken)
    {
        string path = Path.Combine(store.Layout.Partial, key);
        for (bool again = false; ; again = true)
        {
            (string sha256, string? difference, bool wasResumed) = await FillAsync(address, path, file, open, progress, cancellationToken);
            if (difference is null)
            {
                store.Keep(path, sha256);
                return sha256;
            }

            // A beginning from another day may be what is wrong; a whole file that is wrong will not get better.
            progress.Found(-new FileInfo(path).Length);
            File.Delete(path);
            if (again || !wasResumed)
            {
                throw new FetchException(FetchProblem.Refused(
                    FetchReasons.DigestMismatch,
                    $"{file.Name} of {address} {difference}. It was damaged on its way or at its server; it was thrown away, and is "
                    + "fetched again later. If it stays so, tell whoever runs the server."));
            }
        }
    }

    private async Task<(string Sha256, string? Difference, bool WasResumed)> FillAsync(
        string address,
        string path,
        RemoteFile file,
        Func<long, CancellationToken, Task<RemoteContent>> open,
        FetchProgress progress,
        CancellationToken cancellationToken)
    {
        await using FileStream partial = Open(path);
        if (file.SizeBytes is { } size && partial.Length > size) partial.SetLength(0);
        var check = new ContentCheck(file);
        try
        {
            await check.AppendAsync(partial, cancellationToken);
            progress.Found(check.Bytes);
            bool wasResumed = check.Bytes > 0;
            int fruitless = 0;
            while (file.SizeBytes is null || check.Bytes < file.SizeBytes)
            {
                long before = check.Bytes;
                Exception? failure = null;
                try
                {
                    await using RemoteContent content = await open(before, cancellationToken);
                    if (content.From != before) before = Restart();

                    failure = await CopyAsync(address, content.Stream, partial, file, check, progress, cancellationToken);
                    if (failure is null && (file.SizeBytes is null || check.Bytes >= file.SizeBytes)) break;
                }
                catch (HttpRequestException exception)
                    when (exception.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && before > 0)
                {
                    // The server's file ends before this beginning does.
                    before = Restart();
                    failure = exception;
                }
                catch (Exception exception) when (IsOfNetwork(exception))
                {
                    failure = exception;
                }

                wasResumed |= check.Bytes > 0;
                if (check.Bytes > before) fruitless = 0;
                else if (++fruitless > FruitlessMax) throw Cut(address, file, check.Bytes, failure);
                await Task.Delay(Pauses.After(fruitless + 1), time, cancellationToken);
            }

            partial.Flush(flushToDisk: true);
            (string sha256, string? difference) = check.End();
            return (sha256, difference, wasResumed);
        }
        finally
        {
            check.Dispose();
        }

        long Restart()
        {
            progress.Found(-check.Bytes);
            partial.SetLength(0);
            check.Dispose();
            check = new ContentCheck(file);
            return 0;
        }
    }

    private static FileStream Open(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        BufferSize = 0,
        UnixCreateMode = PrivateFile.ForFile,
    });

    /// <summary>Copies until the connection ends. How it failed is given back; a disk that fails throws.</summary>
    private async Task<Exception?> CopyAsync(
        string address,
        Stream content,
        FileStream partial,
        RemoteFile file,
        ContentCheck check,
        FetchProgress progress,
        CancellationToken cancellationToken)
    {
        partial.Position = check.Bytes;
        long room = file.SizeBytes is null ? check.Bytes + store.RoomBytes() : long.MaxValue;
        var chunk = new byte[ChunkBytes];
        while (true)
        {
            int read;
            try
            {
                read = await content.ReadAsync(chunk, cancellationToken);
            }
            catch (Exception exception) when (IsOfNetwork(exception))
            {
                return exception;
            }

            if (read == 0) return null;

            // A server that sends more than it announced would fill the disk.
            int wanted = (int)Math.Min(read, (file.SizeBytes ?? long.MaxValue) - check.Bytes);
            if (check.Bytes + wanted > room) throw store.TooLarge(address, file.Name);
            await partial.WriteAsync(chunk.AsMemory(0, wanted), cancellationToken);
            check.Append(chunk.AsSpan(0, wanted));
            progress.Received(wanted);
            if (wanted < read) return null;
        }
    }

    private static bool IsOfNetwork(Exception exception) =>
        exception is HttpRequestException or SocketException or IOException && !SystemShortage.IsBehind(exception);

    private static FetchException Cut(string address, RemoteFile file, long bytes, Exception? failure)
    {
        string here = file.SizeBytes is { } size
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes} of {size} bytes are here")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes are here");
        string why = failure is null ? "the server ends the connection early" : RemoteNames.Show(failure.Message).TrimEnd('.');
        return new FetchException(
            FetchProblem.Unknown(
                FetchReasons.SourceUnreachable, $"{file.Name} of {address} does not come: {why}. {here}; it goes on from there later."),
            failure);
    }
}
