using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Hosting.Logging;
using Trireme.Kubernetes;
using Trireme.Operator;
using Trireme.Operator.ModelReplicas;
using Trireme.Operator.ModelServices;
using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Hosting;

/// <summary>The operator with the replicas it runs on this machine.</summary>
internal sealed class OperatorHost : IAsyncDisposable
{
    /// <summary>Longer than any drain timeout a service may ask for in practice; a second Ctrl+C does not wait for it.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromMinutes(5);

    private readonly IHost _host;

    private OperatorHost(IHost host) => _host = host;

    /// <summary>Which replicas were looked at since this start.</summary>
    public ReplicaReports Reports => _host.Services.GetRequiredService<ReplicaReports>();

    public static async Task<OperatorHost> StartAsync(
        PlatformOptions options,
        PlatformLog log,
        KubernetesConnection connection,
        InformerSet informers,
        IReplicaCredentials credentials,
        IRolloutTelemetry rollouts,
        IServiceLoads loads,
        MetricRegistry metrics,
        CancellationToken cancellationToken)
    {
        HostApplicationBuilder builder =
            Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        log.Use(builder.Logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton(connection);
        builder.Services.AddSingleton(informers);
        builder.Services.AddSingleton(credentials);
        builder.Services.AddSingleton(metrics);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(rollouts);
        builder.Services.AddSingleton(loads);
        builder.Services.AddTriremeOperator(new OperatorOptions
        {
            DataFolder = options.Data.Root,
            Worker = new WorkerProgram { FileName = Environment.ProcessPath!, Arguments = ["worker"] },
            ModelRoots =
            [
                .. options.Settings.ModelRoots, options.Data.Root, .. options.Samples is { } samples ? [samples] : Array.Empty<string>(),
            ],
            ReleaseRecheckInterval = options.Settings.Operator.ReleaseRecheckInterval,
            LeaveReplicas = options.Settings.Operator.LeaveReplicas,
            Replicas = options.Settings.Operator.Replicas,
            Machine = LocalMachine.Measure(options.Settings.Operator.ReservedMemoryBytes),
            Artifacts = options.Settings.Artifacts with { HubCache = options.Settings.Artifacts.HubCache ?? HubCacheOfUser() },
        });
        IHost host = builder.Build();
        await host.StartAsync(cancellationToken);
        return new OperatorHost(host);
    }

    private static string? HubCacheOfUser() =>
        HubCacheFolder.OfUser(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <summary>Drains and ends every replica.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
