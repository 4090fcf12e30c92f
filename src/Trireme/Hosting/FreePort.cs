using System.Net;
using System.Net.Sockets;

namespace Trireme.Hosting;

/// <summary>
/// Finds a free loopback port ahead of time, for a listener whose own address is part of its configuration. Another program may
/// take it in between; the listener then says so.
/// </summary>
internal static class FreePort
{
    public static int Find()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
