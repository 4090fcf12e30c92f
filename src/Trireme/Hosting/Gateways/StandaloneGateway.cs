using Trireme.Contracts.Metrics;
using Trireme.Hosting.Logging;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Hosting.Gateways;

/// <summary>
/// A gateway in a process of its own, beside the platform of the same data folder. It routes by what it last heard of the API server, so
/// that clients are answered while the platform is restarted, upgraded, frozen or starved.
/// </summary>
internal static class StandaloneGateway
{
    private static readonly TimeSpan PlatformPoll = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(PlatformOptions options, int metricsPort, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        var metrics = new GatewayRegistries();
        HeapLimit.ShowIn(metrics.Process);

        // 1. The addresses: a taken port is told at once, also while there is no platform.
        using GatewayListeners listeners = GatewayListeners.Bind(options.Settings, metricsPort, metrics.Process);
        if (listeners.Warning is { } warning) await Console.Out.WriteLineAsync(warning);
        Endpoints platform = await PlatformAsync(options.Data, time, cancellationToken);

        // 2. What the API server holds.
        string name = $"gateway-{new Uri(listeners.Clients.BaseUrl).Port}";
        using PlatformLog log = PlatformLog.Open(options.Settings.Log, options.Data.GatewayLog(name), metrics.Process, time);
        using KubernetesConnection connection = KubernetesConnection.FromKubeconfig(platform.Kubeconfig, context: null);
        await using SharedInformers informers = SharedInformers.Start(connection, log, time);
        await using DataPlane data = await DataPlane.StartAsync(
            name, options, listeners.Clients, log, informers.Set, new WorkerKeys(options.Data.Replicas), metrics.Gateway,
            DataPlane.ByItself, cancellationToken);

        // 3. What the platform judges rollouts by, and people watch; and what it scales services by.
        await using MetricsPage page = await MetricsPage.StartAsync(
            listeners.Metrics,
            log,
            LocalKeys.Telemetry(options.Data),
            metrics.ToText,
            () => new GatewayLoadPage(data.Loads.ReadAll()),
            cancellationToken);
        var lease = new GatewayLease(
            new ResourceClients(connection), name, page.Url, time, log.Factory.CreateLogger<GatewayLease>());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task registered = lease.HoldAsync(ended.Token);
        await Console.Out.WriteLineAsync(
            $"Gateway on {data.BaseUrl}/v1 for the platform of {options.Data.Root}; metrics on {page.Url}");

        await registered;
        await Console.Out.WriteLineAsync("\nStopping: open streams end first ...");
        return ExitCode.Success;
    }

    /// <summary>Waits for as long as it takes: a service manager starts both in any order.</summary>
    private static async Task<Endpoints> PlatformAsync(DataFolderLayout data, TimeProvider time, CancellationToken cancellationToken)
    {
        bool told = false;
        while (true)
        {
            try
            {
                return Endpoints.Read(data);
            }
            catch (CommandException exception) when (exception.ExitCode == ExitCode.Unreachable)
            {
                if (!told) await Console.Out.WriteLineAsync($"Waiting: {exception.Message}");
                told = true;
            }

            await Task.Delay(PlatformPoll, time, cancellationToken);
        }
    }
}

/// <summary>What a gateway's process counts.</summary>
internal sealed class GatewayRegistries
{
    public MetricRegistry Gateway { get; } = new();

    /// <summary>What belongs to the process.</summary>
    public MetricRegistry Process { get; } = new();

    public string ToText() => Gateway.ToText() + Process.ToText();
}
