using System.Net;
using Trireme.ApiServer.Hosting;
using Trireme.Contracts.Http;
using Trireme.Contracts.Metrics;
using Trireme.Gateway;
using Trireme.Settings;
using Trireme.Telemetry.Http;

namespace Trireme.Hosting.Listening;

/// <summary>Every listener of the platform, bound before any part starts: one taken port ends the start with nothing begun.</summary>
internal sealed class PlatformListeners : IDisposable
{
    private PlatformListeners(BoundListener gateway, BoundListener apiServer, BoundListener dashboard)
    {
        Gateway = gateway;
        ApiServer = apiServer;
        Dashboard = dashboard;
    }

    public BoundListener Gateway { get; }

    public BoundListener ApiServer { get; }

    public BoundListener Dashboard { get; }

    /// <summary>What the limit of open files takes from them, for people; null where it takes nothing.</summary>
    public string? Warning { get; private init; }

    /// <exception cref="CommandException">One of them cannot listen; none does then.</exception>
    public static PlatformListeners Bind(PlatformSettings settings, MetricRegistry metrics)
    {
        DescriptorBudget budget = DescriptorBudget.OfThisProcess(settings);
        var bound = new List<BoundListener>();
        try
        {
            foreach (ListenerDeclaration declaration in Declare(settings, budget, metrics)) bound.Add(BoundListener.Bind(declaration));
            return new PlatformListeners(bound[0], bound[1], bound[2]) { Warning = budget.AtStart.Warning };
        }
        catch
        {
            foreach (BoundListener listener in bound) listener.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Gateway.Dispose();
        ApiServer.Dispose();
        Dashboard.Dispose();
    }

    /// <summary>Where clients are served, whichever process does it.</summary>
    internal static ListenerDeclaration GatewayOf(PlatformSettings settings, DescriptorBudget budget, MetricRegistry metrics) => new()
    {
        Part = "gateway",
        Host = settings.Gateway.Host,
        Port = settings.Gateway.Port,
        PortOption = "--port",
        Limits = settings.Gateway.Listener with { MaxBodyBytes = settings.Gateway.Limits.MaxRequestBytes },
        Capacity = () => budget.Current().Gateway,
        Descriptors = budget,
        Metrics = metrics,
        Callers = CallersOf(settings.Gateway),
        Refuse = GatewayRefusals.AnswerAsync,
        Tls = settings.Gateway.Tls,
    };

    private static ListenerDeclaration[] Declare(PlatformSettings settings, DescriptorBudget budget, MetricRegistry metrics) =>
    [
        GatewayOf(settings, budget, metrics),
        new()
        {
            Part = "API server",
            Host = IPAddress.Loopback.ToString(),
            Port = settings.ApiServer.Port,
            PortOption = "--api-port",
            Limits = settings.ApiServer.Listener,
            Capacity = () => budget.Current().ApiServer,
            Descriptors = budget,
            Metrics = metrics,
            Callers = new CallerRules
            {
                Part = "API server",
                Hosts = settings.ApiServer.AllowedHosts,
                HostsSetting = "apiServer.allowedHosts",
            },
            Refuse = ApiServerRefusals.AnswerAsync,
        },
        new()
        {
            Part = "dashboard",
            Host = IPAddress.Loopback.ToString(),
            Port = settings.Dashboard.PortBeside(settings.Gateway.Port),
            PortOption = "--dashboard-port",
            Limits = settings.Dashboard.Listener,
            Capacity = () => budget.Current().Dashboard,
            Descriptors = budget,
            Metrics = metrics,
            Callers = new CallerRules
            {
                Part = "dashboard",
                Hosts = settings.Dashboard.AllowedHosts,
                HostsSetting = "dashboard.allowedHosts",
                HasPages = true,
            },
            Refuse = QueryApiRefusals.AnswerAsync,
        },
    ];

    internal static CallerRules CallersOf(GatewaySettings gateway) => new()
    {
        Part = "gateway",
        IsOpen = gateway.Host != "localhost" && !IPAddress.IsLoopback(IPAddress.Parse(gateway.Host)),
        Hosts = gateway.AllowedHosts,
        HostsSetting = "gateway.allowedHosts",
        Origins = gateway.Limits.AllowedOrigins,
        OriginsSetting = "gateway.allowedOrigins",
    };
}
