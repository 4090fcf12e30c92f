using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Dashboard;
using Trireme.Hosting;
using Trireme.Hosting.Access;
using Trireme.Hosting.Gateways;
using Trireme.Hosting.Listening;
using Trireme.Hosting.Logging;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes.Processes;
using Trireme.Settings;
using Trireme.Testing;
using Trireme.Testing.Authorisation;

namespace Trireme.Tests.Hosting;

/// <summary>Each route of the platform's own listeners is classified; what the classes mean is tried on a running platform.</summary>
public sealed class RouteTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PlatformLog _log;
    private readonly PlatformListeners _listeners;
    private readonly KubernetesConnection _connection;

    public RouteTableTests()
    {
        var quiet = new LogSettings { Level = LogLevel.None, File = new LogFileSettings { Enabled = false } };
        _log = PlatformLog.Open(quiet, Options.Data.Log, new MetricRegistry(), TimeProvider.System);
        _listeners = PlatformListeners.Bind(Options.Settings, new MetricRegistry());
        var nowhere = new KubernetesConnectionOptions { Server = new Uri("https://127.0.0.1:1"), BearerToken = "t" };
        _connection = KubernetesConnection.Open(nowhere, TimeProvider.System);
    }

    private PlatformOptions Options => new()
    {
        Settings = PlatformSettings.Default with
        {
            DataDir = _folder.Path,
            Gateway = new GatewaySettings { Port = 0 },
            ApiServer = new ApiServerSettings { Port = 0 },
            Dashboard = new DashboardSettings { Port = 0 },
        },
    };

    private InformerSet Informers => new(new ResourceClients(_connection), NullLoggerFactory.Instance, TimeProvider.System);

    [Fact]
    public async Task Every_route_of_the_gateway_is_classified()
    {
        await using WebApplication app = DataPlane.Build(
            DataPlane.OfPlatform,
            Options, _listeners.Gateway, _log, Informers, new WorkerKeys(_folder.Path), new MetricRegistry(), DataPlane.ByItself);
        Agrees(RouteTable.Differences("gateway", Routes(app).Select(Described)));
    }

    [Fact]
    public async Task Every_route_of_a_gateway_s_metrics_page_is_classified()
    {
        using GatewayListeners listeners = GatewayListeners.Bind(Options.Settings, metricsPort: 0, new MetricRegistry());
        await using WebApplication app = MetricsPage.Build(
            listeners.Metrics, _log, "a key of the tests", static () => "", static () => new GatewayLoadPage([]));
        Agrees(RouteTable.Differences("metricsPage", Routes(app).Select(Described)));
    }

    [Fact]
    public async Task Every_route_of_the_dashboard_is_classified()
    {
        await using WebApplication app = Dashboard();
        Agrees(RouteTable.Differences("dashboard", Routes(app).Select(Described)));
    }

    [Fact]
    public async Task The_classes_of_the_dashboard_s_routes_are_what_the_routes_say_of_themselves()
    {
        await using WebApplication app = Dashboard();
        foreach (RouteEndpoint route in Routes(app))
        {
            (IEnumerable<string> methods, string pattern) = Described(route);
            string listed = RouteTable.All.Single(candidate => candidate.Listener == "dashboard"
                && candidate.Pattern == pattern && candidate.Methods.ToHashSet().SetEquals(methods)).Class;
            RouteAccess meant = listed switch
            {
                "open" or "token" => RouteAccess.Open,
                "programs" => RouteAccess.Programs,
                _ => RouteAccess.Session,
            };
            RouteAccess said = DashboardAccess.AccessOf(route);
            Assert.True(meant == said, $"{route.RoutePattern.RawText} says {said}, {RouteTable.Path} has {listed}");
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
        _listeners.Dispose();
        _log.Dispose();
        _folder.Dispose();
    }

    private static void Agrees(string differences) => Assert.True(differences.Length == 0, $"{RouteTable.Path}:\n{differences}");

    private WebApplication Dashboard()
    {
        var access = new KubernetesConnectionOptions
        {
            Server = new Uri("https://127.0.0.1:1"), BearerToken = "t", CertificateAuthorityPem = "",
        };
        DashboardSecrets secrets = DashboardSecrets.Open(Options.Data);
        DashboardOptions sources = DashboardSources.Of(
            Options.Data, access, "http://127.0.0.1:2", secrets, "http://127.0.0.1:3", "key", null);
        return Observability.Build(
            Options, _listeners.Dashboard, _log, Informers, new WorkerKeys(_folder.Path), sources, secrets, new PlatformMetrics(),
            usage: null);
    }

    /// <summary>All but the one that ASP.NET adds for files that a build has not listed; a running platform does not answer it.</summary>
    private static IEnumerable<RouteEndpoint> Routes(WebApplication app) => ((IEndpointRouteBuilder)app).DataSources
        .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Where(route => route.RoutePattern.RawText != "{**path:file}");

    /// <summary>Files are told apart by the folder they lie in alone: their names have hashes.</summary>
    private static (IEnumerable<string> Methods, string Pattern) Described(RouteEndpoint route)
    {
        IReadOnlyList<string>? named = route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods;
        IReadOnlyList<string> methods = named is { Count: > 0 } ? named : ["*"];
        string pattern = "/" + route.RoutePattern.RawText!.TrimStart('/');
        if (route.Metadata.GetMetadata<StaticAssetDescriptor>() is null) return (methods, pattern);
        return (methods, $"/{pattern.Split('/')[1]}/{{file}}");
    }
}
