using System.Collections.Concurrent;
using Trireme.Contracts.Engines;

namespace Trireme.Operator.Releases;

/// <summary>
/// Ends every read of a release's files: a disk or a network mount that hangs must hold up neither other releases nor the start of an
/// engine. A read that hangs is left behind, and no other one of the same model is begun beside it.
/// </summary>
internal sealed class TimedReleaseReader(IReleaseReader reader, TimeProvider time) : IReleaseReader
{
    /// <summary>Enough for 350 GB at the 100 MB/s of a slow disk.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Task> _hanging = new();

    public async Task<ReleaseObservation> ReadAsync(EngineFiles files, bool comparesParts, CancellationToken cancellationToken)
    {
        if (_hanging.TryGetValue(files.Model, out Task? earlier))
        {
            if (!earlier.IsCompleted) return Hanging(files);
            _hanging.TryRemove(files.Model, out _);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // Looking for a file on a mount that hangs blocks its thread; it must not be this one.
        CancellationToken token = stop.Token;
        Task<ReleaseObservation> read = Task.Run(() => reader.ReadAsync(files, comparesParts, token), token);
        Task late = Task.Delay(Limit, time, token);
        bool ended = await Task.WhenAny(read, late) == read;
        await stop.CancelAsync();
        if (ended) return await read;
        cancellationToken.ThrowIfCancellationRequested();
        _hanging[files.Model] = read;
        return Hanging(files);
    }

    private static ReleaseObservation Hanging(EngineFiles files) => new(new SourceObservation
    {
        Kind = SourceKind.Model,
        Path = files.Model,
        Looked = [files.Model],
        ResolvedPath = files.Model,
        Unreadable = $"its files were not read to their end within {Limit.TotalHours:0} h. The disk or the mount hangs or is too slow; "
            + "mend it, or put the model elsewhere in a new release.",
    });
}
