using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Trireme.Worker.Hosting;

/// <summary>Reads where to listen and says where clients connect.</summary>
internal static class ListenAddress
{
    public static bool TryParse(string host, int port, [NotNullWhen(true)] out IPEndPoint? listen, out string? problem)
    {
        listen = null;
        problem = null;
        IPAddress? address = host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(host, out IPAddress? parsed) ? parsed : null;
        if (address is null)
        {
            problem = $"The host '{host}' is no IP address; use 127.0.0.1 for this machine only or 0.0.0.0 for every network.";
        }
        else if (port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
        {
            problem = $"The port {port} is not between 0 and {IPEndPoint.MaxPort}.";
        }
        else
        {
            listen = new IPEndPoint(address, port);
        }

        return listen is not null;
    }

    /// <summary>The base address of a server bound to this end point. One that listens on every network is named by this machine.</summary>
    public static string ToUrl(IPEndPoint bound)
    {
        IPAddress address = bound.Address;
        if (address.Equals(IPAddress.Any)) address = IPAddress.Loopback;
        if (address.Equals(IPAddress.IPv6Any)) address = IPAddress.IPv6Loopback;
        string host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
        return $"http://{host}:{bound.Port}";
    }
}
