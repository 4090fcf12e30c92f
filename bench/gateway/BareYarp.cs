using System.Net;
using Yarp.ReverseProxy.Configuration;

namespace Trireme.Gateway.Benchmarks;

/// <summary>YARP with one route and nothing else: no keys, no limits, no counting.</summary>
internal static class BareYarp
{
    public static async Task RunAsync(int port, string upstream)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "engine", Match = new RouteMatch { Path = "{**rest}" } }],
            [
                new ClusterConfig
                {
                    ClusterId = "engine",
                    Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = upstream } },
                },
            ]);
        WebApplication app = builder.Build();
        app.MapReverseProxy();
        await app.RunAsync();
    }
}
