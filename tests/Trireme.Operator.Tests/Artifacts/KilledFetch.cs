using Trireme.Contracts.Resources;
using Trireme.Operator.Artifacts;

namespace Trireme.Operator.Tests.Artifacts;

/// <summary>A process that fetches until it is killed.</summary>
internal static class KilledFetch
{
    public const string Command = "fetch";

    public static async Task<int> RunAsync(string[] args)
    {
        var options = new ArtifactOptions { HubEndpoint = args[2] };
        using OriginHttp http = OriginHttp.Create(TimeSpan.FromMinutes(1), TimeProvider.System);
        var fetcher = new ArtifactFetcher(
            new ArtifactStore(args[1], options), new HubCache(null), ArtifactOrigins.Of(http, options), options, TimeProvider.System);
        if (!ArtifactAddress.TryParse(args[3], out ArtifactAddress? address)) return 2;
        FetchOutcome outcome = await fetcher.FetchAsync(
            address,
            null,
            static _ => Task.FromResult(PullCredentials.None),
            new FetchProgress(TimeProvider.System),
            CancellationToken.None);
        return outcome.Problem is null ? 0 : 1;
    }
}
