using System.Net;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Http;

/// <summary>
/// Refuses what a web page sends through the browser of someone on this machine: requests addressed by a name that is not this worker's,
/// which a site can let lead here, and requests of pages of other origins.
/// </summary>
/// <param name="allowedHosts">Names the worker is called by besides its addresses; "*" for all.</param>
/// <param name="allowedOrigins">Origins whose pages may call; "*" for all.</param>
internal sealed class AddressCheck(IReadOnlyList<string> allowedHosts, IReadOnlyList<string> allowedOrigins)
{
    private readonly CallerRules _rules = new()
    {
        Part = "worker",
        Hosts = allowedHosts,
        HostsSetting = "--allowed-hosts",
        Origins = allowedOrigins,
        OriginsSetting = "--allowed-origins",
    };

    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        FindProblem(context.Request, context.Connection.LocalIpAddress) is { } problem ? problem.WriteAsync(context) : next(context);

    /// <param name="request">Its headers.</param>
    /// <param name="local">The address its connection came to.</param>
    internal WorkerError? FindProblem(HttpRequest request, IPAddress? local)
    {
        var facts = new CallerFacts
        {
            Host = request.Headers.Host.ToString(),
            Local = local,
            Origin = request.Headers.Origin.ToString(),
            Scheme = request.Scheme,
            FetchSite = request.Headers[TriremeHeaders.FetchSite].ToString(),
            IsNavigation = false,
        };
        return _rules.Judge(facts) is { } refusal
            ? new WorkerError { Status = refusal.Status, Message = refusal.Sentence, Code = OpenAiErrorCodes.OfCaller(refusal) }
            : null;
    }
}
