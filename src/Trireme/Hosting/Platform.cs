using Trireme.ApiServer.Access;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Pods;
using Trireme.Backup;
using Trireme.Commands;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Storage;
using Trireme.Dashboard;
using Trireme.Governance.Authorisation;
using Trireme.Governance.Tokens;
using Trireme.Hosting.Access;
using Trireme.Hosting.Gateways;
using Trireme.Hosting.Listening;
using Trireme.Hosting.Logging;
using Trireme.Hosting.Routing;
using Trireme.Hosting.Tenancy;
using Trireme.Kubernetes;
using Trireme.Logs;
using Trireme.Operator;
using Trireme.Operator.ModelReplicas;
using Trireme.Operator.Runtimes.Processes;
using Trireme.Output;
using Trireme.Settings;

namespace Trireme.Hosting;

/// <summary>The whole platform in one process: started from the store outwards, stopped from the replicas inwards.</summary>
internal static class Platform
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromMinutes(2);

    public static async Task<int> RunAsync(PlatformOptions options, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        options = options with { Settings = options.Settings.Within(FileSizeLimit.Current()) };
        DataFolderFiles.Check(options.Data);
        using DataFolderLock folder = DataFolderLock.Acquire(options.Data);
        DataFolderFiles.RemoveUnfinished(options.Data);
        string? closed = DataFolderModes.Close(options.Data);
        FolderRestore.CheckFinished(options.Data);
        // An old file would tell clients of a platform that is gone.
        File.Delete(options.Data.Endpoints);
        var display = new StartupDisplay(Terminal.Out, time);
        var metrics = new PlatformMetrics();
        HeapLimit.ShowIn(metrics.Platform);

        // 1. Every address, before anything is begun that a taken port would have to undo.
        using PlatformListeners listeners = PlatformListeners.Bind(options.Settings, metrics.Platform);
        using PlatformLog log = PlatformLog.Open(options.Settings.Log, options.Data.Log, metrics.Platform, time);
        if (closed is not null) DataFolderModes.LogClosed(log.Factory.CreateLogger(nameof(DataFolderModes)), closed);

        // 2. The store, and a way into it.
        display.Doing("Starting the API server");
        await using EmbeddedApiServer api = await StartApiAsync(options, listeners.ApiServer, log, metrics.ApiServer, cancellationToken);
        KubernetesConnectionOptions access = AccessTo(api);
        using KubernetesConnection connection = KubernetesConnection.Open(access, time);
        display.Done($"API server on {access.Server}");

        await SettleAsync(options.Data, connection, display, time, cancellationToken);
        var first = new FirstStart(connection, options, time);
        (string apiKey, bool isNewKey) = await first.ApiKeyAsync(cancellationToken);
        await using SharedInformers informers = SharedInformers.Start(connection, log, time);
        await first.SamplesAsync(cancellationToken);

        // 3. What serves: the gateway first, so that it routes as soon as the first replica is ready.
        var credentials = new WorkerKeys(options.Data.Replicas);
        await using DataPlane data = await DataPlane.StartAsync(
            DataPlane.OfPlatform, options, listeners.Gateway, log, informers.Set, credentials, metrics.Gateway,
            options.Settings.Operator.LeaveReplicas ? DataPlane.ByItself : DataPlane.BehindReplicas, cancellationToken);
        display.Done($"Gateway on {data.BaseUrl}");
        DashboardSecrets secrets = DashboardSecrets.Open(options.Data);
        DashboardOptions sources = DashboardSources.Of(
            options.Data, access, listeners.Dashboard.BaseUrl, secrets, data.BaseUrl, apiKey, options.Settings.Gateway.Tls.CertificateFile);
        await using Observability observability = await Observability.StartAsync(
            options, listeners.Dashboard, log, informers.Set, credentials, sources, secrets, metrics, data.Usage, cancellationToken);
        display.Done($"Dashboard on {observability.Dashboard}");

        // 4. What runs the replicas. The addresses come first: who has a service that cannot start wants to look at it, or delete it.
        Endpoints endpoints = WriteEndpoints(options, api, data, observability);
        await using GatewayLoads others = new GatewayLoads(
            new KnownGateways(informers.Set, time), secrets.ToPresent, LoggerFactory.Create(log.Use), time).Start();
        var loads = new RouterLoads(data.Loads, observability.KvUse.Read, others, time);
        await using OperatorHost fleet = await OperatorHost.StartAsync(
            options, log, connection, informers.Set, credentials, observability.Rollouts, loads, metrics.Operator, cancellationToken);
        await ShowServicesAsync(connection, fleet.Reports, display, time, cancellationToken);
        display.Ready(
            endpoints,
            options.Data,
            newKey: isNewKey ? apiKey : null,
            SignInLink.Create(endpoints.Dashboard, secrets.SignInKey, time),
            await ServicesReady.FirstAsync(connection, cancellationToken));

        if (listeners.Warning is { } warning) await Console.Out.WriteLineAsync("\n" + warning);
        await UntilStopped(cancellationToken);
        string replicas = options.Settings.Operator.LeaveReplicas ? "; the replicas serve on for the next start" : ", then the replicas";
        await Console.Out.WriteLineAsync($"\nStopping: open streams end first{replicas} ...");
        File.Delete(options.Data.Endpoints);
        return ExitCode.Success;
    }

    private static async Task ShowServicesAsync(
        KubernetesConnection connection,
        ReplicaReports reports,
        StartupDisplay display,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<string> late = await ServicesReady.WaitAsync(
            connection, reports.Contains, ReadyTimeout, display.Doing, time, cancellationToken);
        display.Done(late.Count == 0 ? "Services are ready" : "Some services are not ready yet:");
        foreach (string service in late) await Console.Out.WriteLineAsync($"  {service}");
    }

    private static KubernetesConnectionOptions AccessTo(EmbeddedApiServer api) => new()
    {
        Server = api.BaseAddress,
        CertificateAuthorityPem = api.AuthorityPem,
        BearerToken = api.Token,
    };

    /// <summary>Before anything routes: what a copied folder says of running replicas is true of another platform's.</summary>
    private static async Task SettleAsync(
        DataFolderLayout data,
        KubernetesConnection connection,
        StartupDisplay display,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (DataFolderLocation.HasChanged(data))
        {
            int left = await LeftReplicas.DisownAsync(connection, time, cancellationToken);
            display.Done($"{data.Root} was copied, moved or restored; {left} replicas it tells of count only if they run in it");
        }

        DataFolderLocation.Remember(data);
    }

    private static Endpoints WriteEndpoints(PlatformOptions options, EmbeddedApiServer api, DataPlane data, Observability observability)
    {
        var endpoints = new Endpoints
        {
            Gateway = data.BaseUrl + "/v1",
            Dashboard = observability.Dashboard,
            Api = api.BaseAddress.AbsoluteUri.TrimEnd('/'),
            Kubeconfig = api.KubeconfigPath,
            GatewayCertificate = options.Settings.Gateway.Tls.CertificateFile,
            Process = ProcessStamp.Own,
        };
        endpoints.Write(options.Data);
        return endpoints;
    }

    private static Task<EmbeddedApiServer> StartApiAsync(
        PlatformOptions options,
        BoundListener listener,
        PlatformLog log,
        MetricRegistry metrics,
        CancellationToken cancellationToken)
    {
        var server = new EmbeddedApiServerOptions
        {
            DataFolder = options.Data.Root,
            PublishAuthority = true,
            Configure = defaults => defaults with
            {
                Metrics = metrics,
                ProductVersion = Product.Version,
                Limits = options.Settings.ApiServer.Limits,
                WriteLimits = new TenantWriteLimits(options.Settings.Operator.Replicas.RuntimeMemoryBytes),
                Access = new AccessControl(
                    new RbacPolicy(), new TokenIssuer(SigningKey.LoadOrCreate(Path.Combine(options.Data.Root, "pki", "sa.key")))),
                Pods = new PodFace(Environment.MachineName, new PodLogs(options.Data, defaults.Time)),
            },
            WebHost = listener.AttachTo,
            Logging = log.Use,
        };
        return EmbeddedApiServer.StartAsync(server, cancellationToken);
    }

    private static async Task UntilStopped(CancellationToken cancellationToken)
    {
        var stopped = new TaskCompletionSource();
        await using CancellationTokenRegistration _ = cancellationToken.Register(stopped.SetResult);
        await stopped.Task;
    }
}

/// <summary>One registry per part, so that each is scraped under its own job.</summary>
internal sealed class PlatformMetrics
{
    public MetricRegistry ApiServer { get; } = new();

    public MetricRegistry Gateway { get; } = new();

    public MetricRegistry Operator { get; } = new();

    public MetricRegistry Telemetry { get; } = new();

    /// <summary>What belongs to the process and to no part.</summary>
    public MetricRegistry Platform { get; } = new();

    /// <summary>All parts as one page, for a Prometheus of the user's own. Names do not clash: each part has a prefix.</summary>
    public string ToText() => ApiServer.ToText() + Gateway.ToText() + Operator.ToText() + Telemetry.ToText() + Platform.ToText();
}
