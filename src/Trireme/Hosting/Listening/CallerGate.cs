using Trireme.Contracts.Http;
using Trireme.Contracts.Metrics;

namespace Trireme.Hosting.Listening;

/// <summary>
/// Turns away what comes to another host's name or from another origin's page, before anything else of the application sees it. Every
/// listener has one, because it comes with the socket.
/// </summary>
internal sealed class CallerGate(ListenerDeclaration declaration) : IStartupFilter
{
    private readonly Counter _refused = declaration.Metrics.Counter(
        "trireme_listener_requests_refused_total",
        "Requests refused for the host they were sent to or the page they came from.",
        "listener",
        "reason");

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(RunAsync);
        next(app);
    };

    private Task RunAsync(HttpContext context, RequestDelegate next)
    {
        HttpRequest request = context.Request;
        IHeaderDictionary headers = request.Headers;
        CallerRefusal? refusal = declaration.Callers.Judge(new CallerFacts
        {
            Host = headers.Host.ToString(),
            Origin = headers.Origin.ToString(),
            FetchSite = headers[TriremeHeaders.FetchSite].ToString(),
            IsNavigation = (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
                && headers[TriremeHeaders.FetchMode] == "navigate"
                && headers[TriremeHeaders.FetchDestination] == "document",
        });
        if (refusal is null) return next(context);
        _refused.With(declaration.Part, refusal.Reason).Add();
        return declaration.Refuse(context, refusal);
    }
}
