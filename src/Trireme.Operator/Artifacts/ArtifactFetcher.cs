using System.Collections.Concurrent;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Storage;

namespace Trireme.Operator.Artifacts;

/// <summary>What came of a fetch: where the files are, or why they are not here.</summary>
internal sealed record FetchOutcome(SourceRecord? Record, string? Path, FetchProblem? Problem)
{
    public static FetchOutcome Of(SourceRecord record, string path) => new(record, path, null);

    public static FetchOutcome Of(FetchProblem problem) => new(null, null, problem);
}

/// <summary>Brings what an address holds to this machine.</summary>
internal interface IArtifactFetcher
{
    /// <param name="address">What the release names.</param>
    /// <param name="revision">What it meant before; null the first time.</param>
    /// <param name="credentials">Finds out who asks, if there is anything to ask for.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellationToken">Ends it; what is here stays for the next time.</param>
    Task<FetchOutcome> FetchAsync(
        ArtifactAddress address,
        string? revision,
        Func<CancellationToken, Task<PullCredentials>> credentials,
        FetchProgress progress,
        CancellationToken cancellationToken);

    /// <summary>Throws away what no longer is what it was when it came; true if there was any.</summary>
    bool Distrust(SourceRecord record, IReadOnlyList<ArtifactPin> seen);
}

/// <summary>Fetches into the store from whatever kind of server an address names.</summary>
internal sealed class ArtifactFetcher(
    ArtifactStore store, HubCache cache, Func<string, IArtifactOrigin> origins, ArtifactOptions options, TimeProvider time)
    : IArtifactFetcher
{
    /// <summary>Past it all are forgotten; a small file or two is fetched again.</summary>
    private const int DigestsMax = 20_000;

    private readonly ConcurrencyGate _downloads = new(options.Downloads);
    private readonly KeyedTurns _turns = new();

    /// <summary>Digests of files whose servers do not say them, for releases that waited for the same download.</summary>
    private readonly ConcurrentDictionary<string, string> _digests = new(StringComparer.Ordinal);
    private readonly FileDownload _download = new(store, time);

    public async Task<FetchOutcome> FetchAsync(
        ArtifactAddress address,
        string? revision,
        Func<CancellationToken, Task<PullCredentials>> credentials,
        FetchProgress progress,
        CancellationToken cancellationToken)
    {
        try
        {
            using HeldNames.Holder held = store.Held.Begin();
            SourceRecord record = await BringAsync(address, revision, credentials, progress, held, cancellationToken);
            progress.Enter(FetchPhase.Fetched);
            return FetchOutcome.Of(record, record.PathIn(store.Layout.Tree(record.Tree)));
        }
        catch (FetchException exception)
        {
            return FetchOutcome.Of(exception.Problem);
        }
        catch (Exception exception) when (SystemShortage.IsBehind(exception))
        {
            return FetchOutcome.Of(FetchProblem.Unknown(
                FetchReasons.MachineShort,
                $"{address.Text} cannot be fetched now: {RemoteNames.Show(exception.Message)} It is tried again."));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            return FetchOutcome.Of(FetchProblem.Unknown(
                FetchReasons.SourceUnreachable,
                $"{address.Text} cannot be reached: {RemoteNames.Show(exception.Message).TrimEnd('.')}. If this machine is offline, "
                + "copy the model here and name its folder in a new release; otherwise it is tried again."));
        }
    }

    public bool Distrust(SourceRecord record, IReadOnlyList<ArtifactPin> seen)
    {
        bool any = false;
        foreach (StoredFile file in record.Files)
        {
            if (seen.FirstOrDefault(pin => pin.File == file.Name) is not { } pin || pin == file.ToPin()) continue;
            store.Discard(file.Sha256);
            any = true;
        }

        return any;
    }

    private async Task<SourceRecord> BringAsync(
        ArtifactAddress address,
        string? revision,
        Func<CancellationToken, Task<PullCredentials>> credentials,
        FetchProgress progress,
        HeldNames.Holder held,
        CancellationToken cancellationToken)
    {
        store.Prepare();
        if (revision is not null && Known(address, revision, held) is { } here) return here;
        if (options.Offline)
        {
            throw new FetchException(FetchProblem.Unknown(
                FetchReasons.SourceUnreachable,
                $"{address.Text} is not on this machine, and artifacts.offline forbids to ask for it. Copy the model here and name its "
                + "folder in a new release, or allow it."));
        }

        IArtifactOrigin origin = origins(address.Scheme);
        PullCredentials who = await credentials(cancellationToken);
        progress.Enter(FetchPhase.Listing);
        RemoteListing listing = await origin.ListAsync(address, revision, who, cancellationToken);
        if (revision is not null && revision != listing.Revision)
        {
            throw new FetchException(FetchProblem.Refused(
                FetchReasons.SourceChanged,
                $"{address.Text} no longer holds what the release meant: its revision was {revision} and is {listing.Revision}. Put the "
                + "old files back there, or create a new release."));
        }

        progress.Listed(listing);
        if (Known(address, listing.Revision, held) is { } known) return known;
        long missing = listing.Files.Sum(file => MissingBytes(address, file));
        using IDisposable room = store.Reserve(address.Text, missing, () => progress.ReceivedBytes);
        var fetch = new Fetch(address, listing, origin, who, progress, held);
        var files = new StoredFile[listing.Files.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Downloads, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, files.Length, parallel, async (i, token) =>
        {
            files[i] = await BringAsync(fetch, listing.Files[i], token);
            progress.FileDone();
        });
        var record = new SourceRecord
        {
            Address = address.Text,
            Revision = listing.Revision,
            IsFile = listing.IsFile,
            Files = [.. files.OrderBy(static file => file.Name, StringComparer.Ordinal)],
        };
        Hold(record, held);
        store.Put(record);
        return record;
    }

    private async Task<StoredFile> BringAsync(Fetch fetch, RemoteFile file, CancellationToken cancellationToken)
    {
        string key = ArtifactLayout.PartialKey(fetch.Address.Text, file) ?? Guid.NewGuid().ToString("n");
        fetch.Held.Add(key);

        // Two releases with the same file wait for one download of it.
        string sha256 = await _turns.RunAsync(key, () => BringOnceAsync(fetch, file, key, cancellationToken), cancellationToken);
        fetch.Held.Add(sha256);
        return new StoredFile(file.Name, sha256, new FileInfo(store.Layout.Blob(sha256)).Length, file.Sha256 ?? file.GitSha1);
    }

    private async Task<string> BringOnceAsync(Fetch fetch, RemoteFile file, string key, CancellationToken cancellationToken)
    {
        string? here = file.Sha256 ?? _digests.GetValueOrDefault(key);
        if (here is null || !store.Has(here, file.SizeBytes))
        {
            here = await cache.TakeAsync(fetch.Address.Container, file, store, cancellationToken);
        }

        if (here is not null)
        {
            fetch.Progress.Found(file.SizeBytes ?? 0);
            return here;
        }

        string sha256 = await _downloads.RunAsync(
            () => _download.RunAsync(
                fetch.Address.Text,
                file,
                key,
                (from, token) => fetch.Origin.OpenAsync(fetch.Address, fetch.Listing, file, from, fetch.Credentials, token),
                fetch.Progress,
                cancellationToken),
            cancellationToken);
        if (file.Sha256 is null) Remember(key, sha256);
        return sha256;
    }

    private void Remember(string key, string sha256)
    {
        if (_digests.Count >= DigestsMax) _digests.Clear();
        _digests[key] = sha256;
    }

    private SourceRecord? Known(ArtifactAddress address, string revision, HeldNames.Holder held)
    {
        held.Add(Path.GetFileName(store.Layout.Source(address.Text, revision)));
        SourceRecord? record = store.Find(address.Text, revision);
        if (record is not null) Hold(record, held);
        return record;
    }

    private void Hold(SourceRecord record, HeldNames.Holder held)
    {
        held.Add(Path.GetFileName(store.Layout.Source(record.Address, record.Revision)));
        held.Add(record.Tree);
        foreach (StoredFile file in record.Files) held.Add(file.Sha256);
    }

    private long MissingBytes(ArtifactAddress address, RemoteFile file)
    {
        if (file.SizeBytes is not { } size || (file.Sha256 is { } sha256 && store.Has(sha256, size))) return 0;
        if (ArtifactLayout.PartialKey(address.Text, file) is not { } key) return size;
        var begun = new FileInfo(Path.Combine(store.Layout.Partial, key));
        return begun.Exists ? Math.Max(0, size - begun.Length) : size;
    }

    /// <summary>What all files of one fetch share.</summary>
    private sealed record Fetch(
        ArtifactAddress Address,
        RemoteListing Listing,
        IArtifactOrigin Origin,
        PullCredentials Credentials,
        FetchProgress Progress,
        HeldNames.Holder Held);
}
