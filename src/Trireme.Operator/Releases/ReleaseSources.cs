using System.Globalization;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Kubernetes;
using Trireme.Operator.Artifacts;

namespace Trireme.Operator.Releases;

/// <summary>Where a release's files are on this machine, or why they are not here.</summary>
internal sealed record LocatedFiles
{
    /// <summary>Paths of this machine for everything the release names; null while some of it is not here.</summary>
    public EngineFiles? Files { get; init; }

    /// <summary>One for each address; null for a release that names none.</summary>
    public IReadOnlyList<SourceStatus>? Statuses { get; init; }

    /// <summary>What the addresses led to, by their places here.</summary>
    public IReadOnlyDictionary<string, SourceRecord> Records { get; init; } = new Dictionary<string, SourceRecord>();

    public FetchProblem? Problem { get; init; }
}

/// <summary>Brings the files that a release names by address to this machine, and tells how far they are.</summary>
internal sealed class ReleaseSources(IArtifactFetcher fetcher, IResourceClients clients, TimeProvider time)
{
    /// <summary>Often enough for who watches, seldom enough for the store behind the API.</summary>
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(2);

    /// <param name="release">Names them.</param>
    /// <param name="report">Is given the statuses and the condition now and then while files are on their way.</param>
    /// <param name="cancellationToken">Ends it; what is here stays for the next time.</param>
    public async Task<LocatedFiles> LocateAsync(
        Release release, Func<IReadOnlyList<SourceStatus>, FetchProblem, Task> report, CancellationToken cancellationToken)
    {
        var named = EngineFiles.Of(release.Spec);
        List<ArtifactAddress> addresses = [];
        foreach (string location in named.Locations().Where(ArtifactAddress.IsAddress))
        {
            if (ArtifactAddress.TryParse(location, out ArtifactAddress? address)) addresses.Add(address);
            else return Refused(location);
        }

        if (addresses.Count == 0) return new LocatedFiles { Files = named };
        SourceStatus[] statuses = [.. addresses.Select(address => Before(release, address))];
        var paths = new Dictionary<string, string>();
        var records = new Dictionary<string, SourceRecord>();
        for (int i = 0; i < addresses.Count; i++)
        {
            int own = i;
            (FetchOutcome outcome, SourceStatus last) = await FetchAsync(
                release,
                addresses[i],
                statuses[i],
                async status =>
                {
                    statuses[own] = status;
                    await report([.. statuses], OnTheWay(status));
                },
                cancellationToken);
            if (outcome.Problem is { } problem)
            {
                statuses[i] = last with
                {
                    Phase = problem.IsVerdict ? FetchPhase.Failed : FetchPhase.Waiting,
                    BytesPerSecond = null,
                    ExpectedAt = null,
                };
                return new LocatedFiles { Statuses = statuses, Problem = problem };
            }

            statuses[i] = Here(addresses[i], outcome);
            paths[addresses[i].Text] = outcome.Path!;
            records[outcome.Path!] = outcome.Record!;
        }

        return new LocatedFiles
        {
            Files = named.At(location => paths.GetValueOrDefault(location, location)),
            Statuses = statuses,
            Records = records,
        };
    }

    /// <summary>Throws away fetched files that are no longer what came, so that they are fetched again; true if there were any.</summary>
    public bool Distrust(LocatedFiles located, ReleaseObservation seen)
    {
        bool any = false;
        foreach (SourceObservation source in seen.Sources())
        {
            if (located.Records.GetValueOrDefault(source.Path) is { } record) any |= fetcher.Distrust(record, source.Artifacts);
        }

        return any;
    }

    private async Task<(FetchOutcome Outcome, SourceStatus Last)> FetchAsync(
        Release release, ArtifactAddress address, SourceStatus before, Func<SourceStatus, Task> report, CancellationToken cancellationToken)
    {
        var progress = new FetchProgress(time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<FetchOutcome> fetch = fetcher.FetchAsync(
            address, before.Revision, token => CredentialsAsync(release, token), progress, stop.Token);
        try
        {
            while (!fetch.IsCompleted)
            {
                using var pause = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
                await Task.WhenAny(fetch, Task.Delay(ReportInterval, time, pause.Token));
                pause.Cancel();
                cancellationToken.ThrowIfCancellationRequested();
                if (!fetch.IsCompleted) await report(Now());
            }

            return (await fetch, Now());
        }
        finally
        {
            // A report that fails must not leave the fetch to itself.
            stop.Cancel();
            await Task.WhenAny(fetch);
        }

        // What was begun at a revision goes on at that revision, or the address would mean two things in one release.
        SourceStatus Now() => progress.Revision is null
            ? before with { Phase = progress.ToStatus(address.Text).Phase }
            : progress.ToStatus(address.Text);
    }

    private async Task<PullCredentials> CredentialsAsync(Release release, CancellationToken cancellationToken)
    {
        if (release.Spec.PullSecret is not { } name) return PullCredentials.None;
        try
        {
            var key = new ResourceKey(release.Metadata.Namespace ?? "", name);
            return PullCredentials.Of(await clients.Of<Secret>().GetAsync(key, cancellationToken));
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            throw PullCredentials.Missing(name);
        }
    }

    private static SourceStatus Before(Release release, ArtifactAddress address) =>
        release.Status?.Sources?.FirstOrDefault(source => source.Address == address.Text)
        ?? new SourceStatus { Address = address.Text, Phase = FetchPhase.Waiting };

    private static SourceStatus Here(ArtifactAddress address, FetchOutcome outcome)
    {
        IReadOnlyList<StoredFile> files = outcome.Record!.Files;
        long bytes = files.Sum(static file => file.SizeBytes);
        return new SourceStatus
        {
            Address = address.Text,
            Phase = FetchPhase.Fetched,
            Revision = outcome.Record.Revision,
            Path = outcome.Path,
            Files = files.Count,
            FetchedFiles = files.Count,
            SizeBytes = bytes,
            FetchedBytes = bytes,
        };
    }

    private static FetchProblem OnTheWay(SourceStatus status)
    {
        string text = status switch
        {
            { Phase: FetchPhase.Fetching, SizeBytes: { } size } => string.Create(
                CultureInfo.InvariantCulture,
                $"{Text(status.FetchedBytes)} of {Text(size)}, {status.FetchedFiles} of {status.Files} files"),
            { Phase: FetchPhase.Fetching } => string.Create(
                CultureInfo.InvariantCulture, $"{Text(status.FetchedBytes)}, {status.FetchedFiles} of {status.Files} files"),
            _ => "its server is asked what there is",
        };
        string forecast = FetchForecast.Remaining(status.SizeBytes - status.FetchedBytes, status.BytesPerSecond) is { } left
            ? $"; about {new Duration(left)} left at {Text(status.BytesPerSecond)}/s"
            : "";
        return FetchProblem.Unknown(FetchReasons.Fetching, $"{status.Address} is fetched: {text}{forecast}.");
    }

    private static string Text(long? bytes) => new ByteSize(bytes ?? 0).ToRoundedText();

    private static LocatedFiles Refused(string location) => new()
    {
        Problem = FetchProblem.Refused(ReleaseReasons.SourceNotFound, $"\"{location}\" {ArtifactAddress.ProblemOf(location)}."),
    };
}
