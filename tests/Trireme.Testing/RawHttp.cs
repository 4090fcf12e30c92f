using System.Net.Sockets;
using System.Text;

namespace Trireme.Testing;

/// <summary>Sends requests that no HTTP client would make.</summary>
public static class RawHttp
{
    /// <summary>Sends the request as it is and returns all that comes back until the server closes the connection.</summary>
    public static async Task<string> SendAsync(Uri server, string request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, cancellationToken);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
