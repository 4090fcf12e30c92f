using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Trireme.Contracts.Metrics;
using Trireme.Dashboard;
using Trireme.Governance.Sessions;

namespace Trireme.Hosting.Access;

/// <summary>
/// The way in and out. A link with a one-time token behind its "#", which no server and no log sees, opens the page; its script sends the
/// token back, and the answer is the session's cookie. Only own pages can do that: the listener refuses others.
/// </summary>
internal sealed class SignInRoutes
{
    public const string SignInPath = "/signin";
    public const string SignOutPath = "/signout";

    private const int MaxFormBytes = 4096;

    private readonly OneTimeTokens _tokens;
    private readonly SessionTable _sessions;
    private readonly BrowserCookie _cookie;
    private readonly TimeSpan _lifetime;
    private readonly Counter.Series _accepted;
    private readonly Counter.Series _refused;

    public SignInRoutes(OneTimeTokens tokens, SessionTable sessions, BrowserCookie cookie, TimeSpan lifetime, MetricRegistry metrics)
    {
        _tokens = tokens;
        _sessions = sessions;
        _cookie = cookie;
        _lifetime = lifetime;
        Counter counter = metrics.Counter("trireme_dashboard_sign_ins_total", "Attempts to sign in to the dashboard.", "result");
        _accepted = counter.With("accepted");
        _refused = counter.With("refused");
        metrics.Gauge("trireme_dashboard_sessions", "Browsers that are signed in.").With().SetSource(() => sessions.Count);
    }

    public void MapTo(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods(SignInPath, [HttpMethods.Get, HttpMethods.Head], static context => SignIn.ShowAsync(context))
            .WithMetadata(RouteAccess.Open);
        endpoints.MapPost(SignInPath, SignInAsync).WithMetadata(RouteAccess.Open);
        endpoints.MapPost(SignOutPath, SignOutAsync).WithMetadata(RouteAccess.Session);
    }

    private async Task SignInAsync(HttpContext context)
    {
        IFormCollection? form = await ReadAsync(context);
        string token = form?["token"].ToString().Trim() ?? "";

        // A person may paste the whole link.
        token = token[(token.IndexOf('#', StringComparison.Ordinal) + 1)..];
        if (!_tokens.TryRedeem(token))
        {
            _refused.Add();
            await SignIn.RefuseAsync(context);
            return;
        }

        _accepted.Add();
        if (_sessions.Find(_cookie.Of(context.Request)) is { } before) before.End();
        _cookie.Set(context, _sessions.Begin(), _lifetime);
        SeeOther(context, Local(form?["to"] ?? StringValues.Empty));
    }

    private Task SignOutAsync(HttpContext context)
    {
        if (context.Features.Get<BrowserSession>() is { } session) session.End();
        _cookie.Clear(context);
        SeeOther(context, SignInPath);
        return Task.CompletedTask;
    }

    private static async Task<IFormCollection?> ReadAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MaxFormBytes;
        try
        {
            return context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : null;
        }
        catch (Exception exception) when (exception is InvalidDataException or BadHttpRequestException)
        {
            return null;
        }
    }

    private static void SeeOther(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
    }

    /// <summary>A path of this port; the start page for anything that leads elsewhere.</summary>
    private static string Local(StringValues asked)
    {
        string path = asked.ToString();
        bool leaves = path is not ['/', ..] || path is ['/', '/' or '\\', ..] || path.Any(static c => c is < ' ' or > '~');
        return leaves || path.StartsWith(SignInPath, StringComparison.Ordinal) ? "/" : path;
    }
}
