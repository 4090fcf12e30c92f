using System.Collections.Frozen;
using System.Net.Http.Headers;
using System.Text.Json;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Scaling;
using Trireme.Gateway.Load;
using Trireme.Kubernetes;

namespace Trireme.Hosting.Gateways;

/// <summary>
/// The load of services at gateways in processes of their own, asked for once a second. One is asked for as long as its lease is renewed,
/// and beyond that for as long as it answers: a gateway that the API server does not hear serves on, and so did all while this process was
/// frozen.
/// </summary>
internal sealed partial class GatewayLoads : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A wait for one that hangs is no reason to take the word of the others for old.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    /// <summary>About ten thousand services with a hundred replicas each.</summary>
    private const int AnswerBytesMax = 64 << 20;

    /// <summary>Before anybody was asked.</summary>
    private static readonly RouterReading[] Unasked = [new("A gateway by itself", null, default)];

    private readonly KnownGateways _gateways;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _stop = new();
    private Task _asking = Task.CompletedTask;

    /// <summary>By name; null before the first round.</summary>
    private volatile FrozenDictionary<string, Word>? _heard;

    /// <param name="gateways">Which there are.</param>
    /// <param name="key">What their pages ask for.</param>
    /// <param name="loggers">For gateways that say nothing; disposed of with this.</param>
    /// <param name="time">The clock of readings.</param>
    public GatewayLoads(KnownGateways gateways, ReplicaKey? key, ILoggerFactory loggers, TimeProvider time)
    {
        _gateways = gateways;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<GatewayLoads>();

        // Gateways are named by their leases; an answer that points elsewhere is not to be followed with the key.
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = AnswerTimeout,
        })
        {
            Timeout = AnswerTimeout,
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
        if (key is not null) _client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(key.ToAuthorization());
    }

    /// <summary>Raised with every answer in which requests of a service are held: a look that came too early is made up for.</summary>
    public event Action<ResourceKey>? Waiting;

    /// <summary>Asks until this is disposed of.</summary>
    public GatewayLoads Start()
    {
        _asking = AskAsync(_stop.Token);
        return this;
    }

    /// <summary>The last word of each gateway on a service.</summary>
    public IReadOnlyList<RouterReading> Read(ResourceKey service) => _heard is not { } heard
        ? Unasked
        : [.. heard.Values.Select(word => new RouterReading(word.Gateway.Name, word.Loads.GetValueOrDefault(service), word.At))];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _client.Dispose();
        _loggers.Dispose();
    }

    /// <summary>Asks everyone once.</summary>
    internal async Task AskOnceAsync(CancellationToken cancellationToken)
    {
        FrozenDictionary<string, Word> before = _heard ?? FrozenDictionary<string, Word>.Empty;
        Word[] words = await Task.WhenAll(
            from gateway in _gateways.All
            let last = before.GetValueOrDefault(gateway.Name)
            where gateway.IsRenewed || last is { Answers: true }
            select AskAsync(gateway, last, cancellationToken));
        _heard = words.ToFrozenDictionary(static word => word.Gateway.Name);
        foreach (ResourceKey service in words.Where(static word => word.Answers).SelectMany(static word => word.Held).Distinct())
        {
            Waiting?.Invoke(service);
        }
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        await _gateways.WaitForSyncAsync(cancellationToken);
        using var timer = new PeriodicTimer(Interval, _time);
        do await AskOnceAsync(cancellationToken);
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task<Word> AskAsync(KnownGateway gateway, Word? last, CancellationToken cancellationToken)
    {
        try
        {
            GatewayLoadPage? page = await _client.GetFromJsonAsync<GatewayLoadPage>(
                gateway.LoadsUrl, GatewayLoadPage.Json, cancellationToken);
            var loads = (page?.Services ?? []).ToDictionary(
                static service => new ResourceKey(service.Namespace, service.Name), static service => service.Load);
            if (last is { Answers: false }) LogSpeaks(gateway.Name);
            return new Word(gateway, loads, _time.GetSteadyTime(), Answers: true);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested
            && exception is HttpRequestException or IOException or JsonException or OperationCanceledException or ArgumentException)
        {
            // What it told before stays, and becomes too old to go by.
            if (last is not { Answers: false }) LogSilent(gateway.Name, gateway.LoadsUrl, exception);
            return last is null
                ? new Word(gateway, new Dictionary<ResourceKey, ServiceLoad>(), default, Answers: false)
                : last with { Gateway = gateway, Answers = false };
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "{Gateway} does not tell the load of its services at {Url}; numbers of replicas that follow the load stay as they are")]
    private partial void LogSilent(string gateway, Uri url, Exception exception);

    [LoggerMessage(LogLevel.Information, "{Gateway} tells the load of its services")]
    private partial void LogSpeaks(string gateway);

    /// <param name="Gateway">Whose.</param>
    /// <param name="Loads">What it told last.</param>
    /// <param name="At">When.</param>
    /// <param name="Answers">Whether it did when it was asked last.</param>
    private sealed record Word(KnownGateway Gateway, IReadOnlyDictionary<ResourceKey, ServiceLoad> Loads, TimeSpan At, bool Answers)
    {
        public IEnumerable<ResourceKey> Held =>
            Loads.Where(static entry => entry.Value.Held > 0).Select(static entry => entry.Key);
    }
}

/// <summary>What a gateway tells at /loads: every service whose number of replicas follows the load.</summary>
/// <param name="Services">Each with its load now.</param>
internal sealed record GatewayLoadPage(IReadOnlyList<ServiceReading> Services)
{
    public const string Path = "/loads";

    /// <summary>A page of another version that lacks something is none.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };
}
