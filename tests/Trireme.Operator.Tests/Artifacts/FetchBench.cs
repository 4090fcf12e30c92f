using Trireme.Contracts.Resources;
using Trireme.Operator.Artifacts;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Artifacts;

/// <summary>A store in a folder of its own, and fetches into it over real connections.</summary>
internal sealed class FetchBench : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly OriginHttp _http;

    public FetchBench(ArtifactOptions options, OriginHttp? http = null)
    {
        Options = options;
        Store = new ArtifactStore(_folder.File("artifacts"), options);
        _http = http ?? OriginHttp.Create(options.IdleTimeout, TimeProvider.System);
        Fetcher = new ArtifactFetcher(
            Store, new HubCache(options.HubCache), ArtifactOrigins.Of(_http, options), options, TimeProvider.System);
    }

    public ArtifactOptions Options { get; }

    public ArtifactStore Store { get; }

    public ArtifactFetcher Fetcher { get; }

    public FetchProgress Progress { get; private set; } = new(TimeProvider.System);

    public string Place(params string[] parts) => _folder.File(parts);

    public Task<FetchOutcome> FetchAsync(
        string address, PullCredentials? credentials = null, string? revision = null, CancellationToken? cancellationToken = null)
    {
        Assert.True(ArtifactAddress.TryParse(address, out ArtifactAddress? parsed), ArtifactAddress.ProblemOf(address));
        Progress = new FetchProgress(TimeProvider.System);
        return Fetcher.FetchAsync(
            parsed,
            revision,
            _ => Task.FromResult(credentials ?? PullCredentials.None),
            Progress,
            cancellationToken ?? TestContext.Current.CancellationToken);
    }

    /// <summary>Fetches what must come.</summary>
    public async Task<string> FetchedAsync(string address, PullCredentials? credentials = null)
    {
        FetchOutcome outcome = await FetchAsync(address, credentials);
        Assert.Null(outcome.Problem?.Message);
        return outcome.Path!;
    }

    /// <summary>Fetches what must not come.</summary>
    public async Task<FetchProblem> RefusedAsync(string address, PullCredentials? credentials = null)
    {
        FetchOutcome outcome = await FetchAsync(address, credentials);
        Assert.NotNull(outcome.Problem);
        return outcome.Problem;
    }

    public static PullCredentials Credentials(params (string Key, string Value)[] values) => PullCredentials.Of(new Secret
    {
        Metadata = new ObjectMeta { Name = "pull", Namespace = "default" },
        Data = values.ToDictionary(
            pair => pair.Key, pair => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(pair.Value))),
    });

    /// <summary>Every file and link below a folder of the store, by its name.</summary>
    public IEnumerable<string> Files(string folder)
    {
        string place = Path.Combine(Store.Layout.Root, folder);
        return Directory.Exists(place) ? Below(place) : [];
    }

    /// <summary>Every file and link below a folder, by its name from there.</summary>
    public static IEnumerable<string> Below(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order();

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }
}
