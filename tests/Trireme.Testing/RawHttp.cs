using System.Net.Sockets;
using System.Text;

namespace Trireme.Testing;

/// <summary>Sends requests that no HTTP client would make.</summary>
public static class RawHttp
{
    /// <summary>
    /// Sends the request as it is and returns all that comes back until the server closes the connection, also where it resets it because
    /// it does not wait for the rest of the request.
    /// </summary>
    public static async Task<string> SendAsync(Uri server, string request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, cancellationToken);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
        var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, cancellationToken);
        }
        catch (IOException exception) when (
            answer.Length > 0 && exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // The answer came first.
        }

        return Encoding.UTF8.GetString(answer.ToArray());
    }
}
