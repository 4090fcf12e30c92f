using System.Net.Http.Headers;
using System.Text;

namespace Trireme.Gateway.Forwarding;

/// <summary>The connections to all replicas.</summary>
internal sealed class Upstream : IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    public Upstream(GatewayOptions options)
        : this(CreateHandler(options))
    {
    }

    /// <param name="handler">What sends the requests.</param>
    internal Upstream(HttpMessageHandler handler) => _invoker = new HttpMessageInvoker(handler);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken) =>
        _invoker.SendAsync(message, cancellationToken);

    public static bool IsEventStream(HttpResponseMessage response) =>
        response.Content.Headers.ContentType is MediaTypeHeaderValue { MediaType: { } type }
        && type.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase);

    public void Dispose() => _invoker.Dispose();

    private static SocketsHttpHandler CreateHandler(GatewayOptions options) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        ConnectTimeout = options.ConnectTimeout,
        // Shorter than the idle timeouts of servers (Kestrel 130 s), so that connections are closed from this side and a
        // request rarely meets one that is just being closed from the other.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        // Addresses behind a DNS name change; a connection is not kept for longer than this.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        // An answer nobody reads any more is cut off at once, because an engine is generating it.
        ResponseDrainTimeout = TimeSpan.Zero,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        // The client's trace headers go through unchanged.
        ActivityHeadersPropagator = null,
    };
}
