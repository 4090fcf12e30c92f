using Trireme.Contracts.Identity;
using Trireme.Dashboard;
using Trireme.Governance.Sessions;
using Trireme.Telemetry.Http;

namespace Trireme.Hosting.Access;

/// <summary>
/// Lets at pages who has signed in, and at the query API and /metrics also who presents the telemetry key. Everyone else gets the sign-in
/// page where a browser looks for a page, and 401 in Prometheus' form otherwise.
/// </summary>
internal sealed class DashboardAccess(SessionTable sessions, BrowserCookie cookie, BearerKey telemetryKey)
{
    private const string NoKey =
        "sign in, or send the telemetry key as \"Authorization: Bearer KEY\"; \"trireme key show --telemetry\" prints it";

    private static readonly KnownCaller Program = new(new UserInfo
    {
        Name = "trireme:telemetry-key",
        Groups = [WellKnownGroups.Authenticated],
    });

    public Task RunAsync(HttpContext context, RequestDelegate next)
    {
        // Where there is no endpoint, a program is told so in its own form too.
        Endpoint? endpoint = context.GetEndpoint();
        RouteAccess access = endpoint is null ? RouteAccess.Programs : AccessOf(endpoint);
        if (access == RouteAccess.Open) return next(context);
        if (sessions.Find(cookie.Of(context.Request)) is { } session)
        {
            context.Features.Set(session);
            context.Features.Set(new KnownCaller(new UserInfo
            {
                Name = $"trireme:browser:{session.Id}",
                Groups = [WellKnownGroups.Authenticated],
            }));
            return next(context);
        }

        if (access == RouteAccess.Programs && telemetryKey.IsIn(context.Request.Headers.Authorization))
        {
            context.Features.Set(Program);
            return next(context);
        }

        return AsksForPage(context.Request) ? SignIn.AskAsync(context) : QueryApiRefusals.AnswerUnauthorizedAsync(context, NoKey);
    }

    /// <summary>What a route says of itself; the last word where it is said twice.</summary>
    public static RouteAccess AccessOf(Endpoint endpoint)
    {
        EndpointMetadataCollection all = endpoint.Metadata;
        for (int i = all.Count - 1; i >= 0; i--)
        {
            if (all[i] is RouteAccess access) return access;
        }

        return RouteAccess.Session;
    }

    private static bool AsksForPage(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
