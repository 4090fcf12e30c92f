using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Identity;
using Trireme.Kubernetes;
using Trireme.Operator.Artifacts;
using Trireme.Operator.FleetRollouts;
using Trireme.Operator.ModelReplicas;
using Trireme.Operator.ModelServices;
using Trireme.Operator.Placement;
using Trireme.Operator.Quality;
using Trireme.Operator.Releases;
using Trireme.Operator.Runtimes;
using Trireme.Operator.Runtimes.Processes;
using Trireme.Operator.Tenancy;

namespace Trireme.Operator;

public static class OperatorServiceCollectionExtensions
{
    /// <summary>
    /// Adds the operator as a hosted service. The container must also hold <see cref="KubernetesConnection"/> (resolved when the operator
    /// starts, so it may be made by a service registered before), <see cref="Contracts.Metrics.MetricRegistry"/> and
    /// <see cref="IRolloutTelemetry"/>. An <see cref="InformerSet"/>, an <see cref="IReplicaRuntime"/>, an
    /// <see cref="IReplicaCredentials"/> or an <see cref="IServiceLoads"/> that it holds already is used; whoever added the set runs it. At
    /// shutdown the operator drains every replica; the host's shutdown timeout must be longer than the longest drain timeout for streams to
    /// end by themselves.
    /// </summary>
    public static IServiceCollection AddTriremeOperator(this IServiceCollection services, OperatorOptions options)
    {
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        AddKubernetes(services);
        AddArtifacts(services, options);
        AddRuntime(services, options);
        AddReconcilers(services);
        services.AddSingleton<FleetOperator>();
        services.AddHostedService<OperatorService>();
        return services;
    }

    private static void AddKubernetes(IServiceCollection services)
    {
        services.TryAddSingleton<IResourceClients>(parts => new ResourceClients(parts.GetRequiredService<KubernetesConnection>()));
        if (!services.Any(service => service.ServiceType == typeof(InformerSet)))
        {
            services.AddSingleton<InformerSet>();
            services.AddHostedService<InformerService>();
        }

        services.AddSingleton<ControllerFactory>();
        services.AddSingleton(parts => new EventRecorder(
            parts.GetRequiredService<IResourceClients>().Of<Contracts.Resources.Event>(),
            parts.GetRequiredService<Contracts.Metrics.MetricRegistry>(),
            parts.GetRequiredService<ILogger<EventRecorder>>(),
            parts.GetRequiredService<TimeProvider>()));
    }

    private static void AddArtifacts(IServiceCollection services, OperatorOptions options)
    {
        ArtifactOptions artifacts = options.Artifacts;
        services.AddSingleton(artifacts);
        services.AddSingleton(new ArtifactStore(options.ArtifactsFolder, artifacts));
        services.AddSingleton(parts => OriginHttp.Create(artifacts.IdleTimeout, parts.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IArtifactFetcher>(parts => new ArtifactFetcher(
            parts.GetRequiredService<ArtifactStore>(),
            new HubCache(artifacts.HubCache),
            ArtifactOrigins.Of(parts.GetRequiredService<OriginHttp>(), artifacts),
            artifacts,
            parts.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ReleaseSources>();
        services.AddSingleton<IReconciler, ArtifactKeeper>();
    }

    private static void AddRuntime(IServiceCollection services, OperatorOptions options)
    {
        services.TryAddSingleton<IReleaseReader>(parts => new TimedReleaseReader(
            new ReleaseReader(
                options.ModelRoots,
                new FileDigests(parts.GetRequiredService<TimeProvider>()),
                parts.GetRequiredService<ArtifactStore>().Layout),
            parts.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ReleaseGate>();
        services.AddSingleton<ReplicaMetrics>();
        services.AddSingleton(parts => new ReplicaLogWriter(
            new ReplicaLogStore(options.ReplicaLogsFolder),
            options.Replicas,
            parts.GetRequiredService<ReplicaMetrics>(),
            parts.GetRequiredService<TimeProvider>()));
        services.AddSingleton(parts => new WorkerProbe(options.Replicas.HealthTimeout, parts.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IReplicaCredentials>(new WorkerKeys(options.ReplicasFolder));
        services.TryAddSingleton<IReplicaRuntime>(parts => new ProcessReplicaRuntime(
            options.ReplicasFolder,
            options.OwnerLockFile,
            new WorkerLauncher(options.Worker, options.OwnerLockFile, options.Replicas.OwnerTimeout),
            ControlGroups.Open(),
            parts.GetRequiredService<WorkerProbe>(),
            parts.GetRequiredService<ReplicaLogWriter>(),
            parts.GetRequiredService<ReleaseGate>().CheckAsync,
            options.Replicas,
            parts.GetRequiredService<ReplicaMetrics>(),
            parts.GetRequiredService<ILogger<ProcessReplicaRuntime>>(),
            parts.GetRequiredService<TimeProvider>()));
    }

    private static void AddReconcilers(IServiceCollection services)
    {
        services.TryAddSingleton<IQualityProbe, QualityProbe>();
        services.TryAddSingleton(new ReplicaNames(Random.Shared));
        services.AddSingleton<ReplicaPrices>();
        services.AddSingleton<RolloutEvidence>();
        services.TryAddSingleton<IServiceLoads, NoServiceLoads>();
        services.AddSingleton<ScalingSignals>();
        services.AddSingleton<FleetView>();
        services.AddSingleton(parts => parts.GetRequiredService<FleetView>().Seating);
        services.AddSingleton<IReplicaPlaces>(parts => parts.GetRequiredService<FleetView>().Seating);
        services.AddSingleton<ServiceChanges>();
        services.AddSingleton<ReplicaReports>();
        services.AddSingleton<IReconciler, ReleaseReconciler>();
        services.AddSingleton<IReconciler, FleetCycle>();
        services.AddSingleton<IReconciler, ModelReplicaReconciler>();
        services.AddSingleton<IReconciler, AcceleratorPoolReconciler>();
        services.AddSingleton<IReconciler, TenantPolicyReconciler>();
        services.AddSingleton<IReconciler, FleetRolloutReconciler>();
    }
}
