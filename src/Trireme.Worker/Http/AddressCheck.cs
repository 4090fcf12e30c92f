using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
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
    private const string Any = "*";

    private readonly HashSet<string> _hosts = new(allowedHosts, StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _origins = new(allowedOrigins, StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        FindProblem(context.Request, context.Connection.LocalIpAddress) is { } problem ? problem.WriteAsync(context) : next(context);

    /// <param name="request">Its headers.</param>
    /// <param name="local">The address its connection came to.</param>
    internal WorkerError? FindProblem(HttpRequest request, IPAddress? local)
    {
        if (!IsOwn(request.Host.Host, local))
        {
            return Forbidden(
                OpenAiErrorCodes.ForeignHost,
                $"The host '{request.Host.Host}' is not this worker's; call it by its address, or start it with --allowed-hosts.");
        }

        if (_origins.Contains(Any)) return null;
        StringValues origin = request.Headers.Origin;
        if (origin.Count > 0)
        {
            return origin.Count == 1 && IsKnown(origin[0]!, request)
                ? null
                : Forbidden(
                    OpenAiErrorCodes.ForeignOrigin,
                    $"Pages of '{origin}' may not call this worker; --allowed-origins names those that may.");
        }

        // Browsers leave the origin out of what pages embed, and say where it comes from here.
        return request.Headers[TriremeHeaders.FetchSite] is [{ } site] && site is not ("none" or "same-origin")
            ? Forbidden(OpenAiErrorCodes.ForeignOrigin, "Pages of other sites may not embed what this worker answers.")
            : null;
    }

    /// <summary>An address cannot be made to lead elsewhere, a name can. Only old clients that are no browsers send none.</summary>
    private bool IsOwn(string host, IPAddress? local)
    {
        if (host.Length == 0 || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return true;
        if (_hosts.Contains(Any) || _hosts.Contains(host)) return true;
        return IPAddress.TryParse(host, out IPAddress? address)
            && (IPAddress.IsLoopback(address) || (local is not null && Plain(address).Equals(Plain(local))));
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private bool IsKnown(string origin, HttpRequest request) =>
        _origins.Contains(origin) || origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);

    private static WorkerError Forbidden(string code, string message) => new()
    {
        Status = StatusCodes.Status403Forbidden,
        Message = message,
        Code = code,
    };
}
