using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Trireme.Listening;

/// <summary>Puts a gate before a web server.</summary>
public static class ConnectionGateHosting
{
    /// <summary>
    /// Has every connection pass the gate as it is accepted, tells the gate of every request, and makes a bad request of every body that
    /// cannot be read. To be called after Kestrel was chosen.
    /// </summary>
    public static IWebHostBuilder UseConnectionGate(this IWebHostBuilder host, ConnectionGate gate) => host.ConfigureServices(services =>
    {
        // The transport that was added last is asked first.
        services.AddSingleton<SocketTransportFactory>();
        services.AddSingleton<IConnectionListenerFactory>(
            provider => new GatedTransport(provider.GetRequiredService<SocketTransportFactory>(), gate));
        services.AddSingleton<IStartupFilter>(new ConnectionGateFilter(gate));
        services.AddSingleton<IStartupFilter>(new ClientBodyFilter());
    });
}
