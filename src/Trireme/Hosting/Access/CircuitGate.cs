using System.Collections.Concurrent;
using Trireme.Contracts.Metrics;
using Trireme.Governance.Sessions;

namespace Trireme.Hosting.Access;

/// <summary>
/// Bounds the open pages. Each holds a circuit, which is state in this process, for as long as its WebSocket is open. One session gets some
/// of them, all together a number, and those of a session end with it.
/// </summary>
internal sealed class CircuitGate
{
    private const string HubPath = "/_blazor";

    private readonly ConcurrentDictionary<string, int> _bySession = new(StringComparer.Ordinal);
    private readonly int _max;
    private readonly int _maxPerSession;
    private readonly Counter.Series _refused;
    private int _open;

    public CircuitGate(int max, int maxPerSession, MetricRegistry metrics)
    {
        _max = max;
        _maxPerSession = maxPerSession;
        _refused = metrics.Counter("trireme_dashboard_circuits_refused_total", "Pages that were refused because too many are open.").With();
        metrics.Gauge("trireme_dashboard_circuits", "Pages that are open.").With().SetSource(() => Volatile.Read(ref _open));
    }

    /// <summary>Comes after who calls is known.</summary>
    public Task RunAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(HubPath)) return next(context);
        if (context.Features.Get<BrowserSession>() is not { } session)
        {
            return RefuseAsync(context, StatusCodes.Status401Unauthorized, "sign in");
        }

        if (IsWebSocket(context.Request)) return HoldAsync(context, session, next);

        // Polling would carry a circuit without a request that lasts as long as it.
        return context.Request.Query.ContainsKey("id")
            ? RefuseAsync(context, StatusCodes.Status400BadRequest, "pages are connected by WebSocket only")
            : next(context);
    }

    private async Task HoldAsync(HttpContext context, BrowserSession session, RequestDelegate next)
    {
        int open = Interlocked.Increment(ref _open);
        int own = _bySession.AddOrUpdate(session.Id, 1, static (_, count) => count + 1);
        try
        {
            if (open > _max || own > _maxPerSession)
            {
                _refused.Add();
                context.Response.Headers.RetryAfter = "5";
                await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "too many pages are open; close some");
                return;
            }

            await using CancellationTokenRegistration end = session.Ended.Register(context.Abort);
            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
            if (_bySession.AddOrUpdate(session.Id, 0, static (_, count) => count - 1) == 0)
            {
                _bySession.TryRemove(new KeyValuePair<string, int>(session.Id, 0));
            }
        }
    }

    private static bool IsWebSocket(HttpRequest request) =>
        request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase);

    private static Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync(message, context.RequestAborted);
    }
}
