using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Trireme.Operator.Artifacts;

/// <summary>
/// Requests to servers that releases name. Redirects are followed here and not by the handler, because a token goes to the host it was
/// given for and to no other. No answer's body, a listing's as little as a file's, may be silent for longer than the limit.
/// </summary>
/// <param name="handler">What asks.</param>
/// <param name="idleTimeout">The longest time without a byte of a body.</param>
/// <param name="time">Measures all limits.</param>
internal sealed class OriginHttp(HttpMessageHandler handler, TimeSpan idleTimeout, TimeProvider time) : IDisposable
{
    private const int RedirectsMax = 8;

    /// <summary>Enough for a server that makes up a large listing.</summary>
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    private readonly HttpMessageInvoker _http = new(new IdleLimit(handler, idleTimeout, time));

    public static OriginHttp Create(TimeSpan idleTimeout, TimeProvider time) => new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
            ConnectCallback = ConnectAsync,
            MaxResponseHeadersLength = 64,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        },
        idleTimeout,
        time);

    /// <summary>A client over connections of its own with the same limits, for a library that asks by itself.</summary>
    public HttpClient CreateClient()
    {
        var connections = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        };
        return new HttpClient(new IdleLimit(connections, idleTimeout, time)) { Timeout = HeadersTimeout };
    }

    /// <summary>The answer, once its headers are there.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="uri">What is asked for.</param>
    /// <param name="token">Bearer for this host; null for none.</param>
    /// <param name="prepare">Sets further headers.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="HttpRequestException">The server does not answer, or redirects to nowhere.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri uri, string? token, Action<HttpRequestHeaders> prepare, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(HeadersTimeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        Uri current = uri;
        for (int hop = 0; hop <= RedirectsMax; hop++)
        {
            HttpResponseMessage answer;
            using (var request = new HttpRequestMessage(method, current))
            {
                request.Headers.UserAgent.ParseAdd("trireme");
                prepare(request.Headers);
                if (token is not null && IsSameHost(uri, current)) request.Headers.Authorization = new("Bearer", token);
                try
                {
                    answer = await _http.SendAsync(request, stop.Token);
                }
                catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
                {
                    string problem = $"{current.Authority} did not answer within {HeadersTimeout.TotalSeconds:0} s.";
                    throw new HttpRequestException(problem, exception);
                }
            }

            if (!IsRedirect(answer.StatusCode) || answer.Headers.Location is not { } target) return answer;
            answer.Dispose();
            current = Next(current, target);
        }

        throw new HttpRequestException($"{uri.Authority} redirected more than {RedirectsMax} times.");
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Where a redirect leads.</summary>
    internal static Uri Next(Uri current, Uri target)
    {
        Uri next = target.IsAbsoluteUri ? target : new Uri(current, target);
        bool isWeb = next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && current.Scheme == Uri.UriSchemeHttp);
        return isWeb
            ? next
            : throw new HttpRequestException(
                $"{current.Authority} redirected to {next.Scheme}://, which is not as safe as {current.Scheme}://.");
    }

    internal static bool IsSameHost(Uri first, Uri second) =>
        first.Scheme == second.Scheme
        && first.Port == second.Port
        && first.IdnHost.Equals(second.IdnHost, StringComparison.OrdinalIgnoreCase);

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    /// <summary>Clouds answer at link-local addresses with the machine's own credentials: no release may have those asked for.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        DnsEndPoint host = context.DnsEndPoint;
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(host.Host, cancellationToken);
        IPAddress[] allowed = Array.FindAll(addresses, static address => !IsLinkLocal(address));
        if (allowed.Length == 0)
        {
            string problem = addresses.Length == 0 ? "has no address" : "is a link-local address, from which nothing is fetched";
            throw new IOException($"{host.Host} {problem}.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, host.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    internal static bool IsLinkLocal(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.IsIPv6LinkLocal || (plain.AddressFamily == AddressFamily.InterNetwork && plain.GetAddressBytes() is [169, 254, ..]);
    }
}
