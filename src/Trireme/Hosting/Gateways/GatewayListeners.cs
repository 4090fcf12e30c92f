using System.Net;
using Trireme.Contracts.Http;
using Trireme.Contracts.Metrics;
using Trireme.Hosting.Listening;
using Trireme.Settings;
using Trireme.Telemetry.Http;

namespace Trireme.Hosting.Gateways;

/// <summary>The listeners of a gateway's process: for clients, and on loopback for who reads its metrics.</summary>
internal sealed class GatewayListeners : IDisposable
{
    /// <summary>A few scrapers and a person.</summary>
    private const int MetricsConnections = 32;

    private GatewayListeners(BoundListener clients, BoundListener metrics)
    {
        Clients = clients;
        Metrics = metrics;
    }

    public BoundListener Clients { get; }

    public BoundListener Metrics { get; }

    /// <summary>What the limit of open files takes from them, for people; null where it takes nothing.</summary>
    public string? Warning { get; private init; }

    /// <exception cref="CommandException">One of them cannot listen; none does then.</exception>
    public static GatewayListeners Bind(PlatformSettings settings, int metricsPort, MetricRegistry metrics)
    {
        // This process has no API server, and its metrics take the dashboard's part.
        PlatformSettings own = settings with
        {
            ApiServer = settings.ApiServer with { Listener = settings.ApiServer.Listener with { MaxConnections = 0 } },
            Dashboard = settings.Dashboard with { Listener = settings.Dashboard.Listener with { MaxConnections = MetricsConnections } },
        };
        DescriptorBudget budget = DescriptorBudget.OfThisProcess(own);
        BoundListener clients = BoundListener.Bind(PlatformListeners.GatewayOf(own, budget, metrics));
        try
        {
            var page = BoundListener.Bind(MetricsOf(own, metricsPort, budget, metrics));
            return new GatewayListeners(clients, page) { Warning = budget.AtStart.Warning };
        }
        catch
        {
            clients.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Clients.Dispose();
        Metrics.Dispose();
    }

    private static ListenerDeclaration MetricsOf(
        PlatformSettings settings, int port, DescriptorBudget budget, MetricRegistry metrics) => new()
    {
        Part = "metrics page",
        Host = IPAddress.Loopback.ToString(),
        Port = port,
        PortOption = "--metrics-port",
        Limits = settings.Dashboard.Listener,
        Capacity = () => budget.Current().Dashboard,
        Descriptors = budget,
        Metrics = metrics,
        Callers = new CallerRules { Part = "metrics page" },
        Refuse = QueryApiRefusals.AnswerAsync,
    };
}
