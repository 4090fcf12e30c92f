using System.Net.Sockets;
using System.Security.Authentication;

namespace Trireme.Kubernetes;

/// <summary>
/// Sends a read again whose connection was closed before there was an answer, as Kubernetes' own client does: a server that is short of
/// connections closes some that have not said anything yet. A write may have been done, and is never sent twice. The runtime tries again at
/// once and not while it greets, and a server needs a moment.
/// </summary>
internal sealed class ReadAgain(HttpMessageHandler handler, TimeProvider time) : DelegatingHandler(handler)
{
    private const int TimesMax = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (int times = 1; ; times++)
        {
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            catch (HttpRequestException exception) when (request.Method == HttpMethod.Get && times < TimesMax && WasClosed(exception))
            {
                await Task.Delay(Pause * times, time, cancellationToken);
            }
        }
    }

    /// <summary>Not for a server that is not there, which is said at once, nor for one that is not trusted.</summary>
    private static bool WasClosed(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException) return false;
            if (cause is SocketException socket) return socket.SocketErrorCode == SocketError.ConnectionReset;
            if (cause is IOException && cause.InnerException is null) return true;
        }

        return false;
    }
}
