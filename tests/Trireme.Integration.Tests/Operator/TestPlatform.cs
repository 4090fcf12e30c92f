using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Trireme.ApiServer.Hosting;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Operator;
using Trireme.Operator.ModelServices;
using Trireme.Operator.Tests.TestWorker;
using Trireme.Testing;

namespace Trireme.Integration.Tests.Operator;

/// <summary>A real API server and a real operator in one process over a data folder, with engines that are real processes.</summary>
internal sealed class TestPlatform : IAsyncDisposable
{
    public const string Command = "platform";

    private readonly EmbeddedApiServer _server;
    private readonly IHost _operator;

    private TestPlatform(EmbeddedApiServer server, KubernetesConnection connection, IHost operatorHost)
    {
        _server = server;
        _operator = operatorHost;
        Api = new TestApi(connection);
    }

    public TestApi Api { get; }

    public static async Task<TestPlatform> StartAsync(string folder, IRolloutTelemetry? telemetry = null, int port = 0)
    {
        string data = Directory.CreateDirectory(Path.Combine(folder, "data")).FullName;
        EmbeddedApiServer server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = data, Port = port });
        KubernetesConnection connection = Connect(server);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging();
        builder.Services.AddSingleton(connection);
        builder.Services.AddSingleton(new MetricRegistry());
        builder.Services.AddSingleton(telemetry ?? new SteadyTelemetry());
        builder.Services.AddTriremeOperator(new OperatorOptions
        {
            DataFolder = data,
            Worker = TestEngine.Program,
            ModelRoots = [Path.Combine(folder, "models")],
            ReleaseRecheckInterval = TimeSpan.FromMilliseconds(500),
            Replicas = new ReplicaTimings
            {
                HealthInterval = TimeSpan.FromMilliseconds(200),
                Restart = new Backoff { First = TimeSpan.FromMilliseconds(100), Longest = TimeSpan.FromMilliseconds(400) },
            },
        });
        IHost host = builder.Build();
        await host.StartAsync();
        return new TestPlatform(server, connection, host);
    }

    public static KubernetesConnection Connect(EmbeddedApiServer server) => KubernetesConnection.Open(new KubernetesConnectionOptions
    {
        Server = server.BaseAddress,
        CertificateAuthorityPem = server.AuthorityPem,
        BearerToken = server.Token,
    });

    /// <summary>Runs until killed.</summary>
    public static async Task<int> ServeAsync(string folder, string port)
    {
        await StartAsync(folder, port: int.Parse(port, CultureInfo.InvariantCulture));
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
        return 0;
    }

    /// <summary>Stops the operator in an orderly way, which ends the engines, and leaves the API server.</summary>
    public async Task StopOperatorAsync() => await _operator.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _operator.StopAsync();
        _operator.Dispose();
        await _server.DisposeAsync();
    }

    /// <summary>Both releases are equally fast and flawless; quality decides.</summary>
    private sealed class SteadyTelemetry : IRolloutTelemetry
    {
        public Task<IReadOnlyList<WindowPair>> ReadWindowsAsync(WindowQuery query, CancellationToken cancellationToken)
        {
            var window = new ArmWindow { Requests = 50, Ttft = LogSum.Of(0.1, 50), Itl = LogSum.Of(0.01, 30) };
            return Task.FromResult<IReadOnlyList<WindowPair>>(
                [.. Enumerable.Range(0, 20).Select(i => new WindowPair(DateTimeOffset.UnixEpoch.AddSeconds(i), window, window))]);
        }
    }
}
