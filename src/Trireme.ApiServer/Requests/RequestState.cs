using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.Requests;

/// <summary>One request on its way: who makes it, what it asks for and what was decided so far.</summary>
internal sealed class RequestState(HttpContext http)
{
    public HttpContext Http { get; } = http;

    public RequestInfo Info { get; } = RequestInfo.Of(http.Request);

    /// <summary>Anonymous until the request's token was recognised.</summary>
    public UserInfo User { get; set; } = UserInfo.Anonymous;

    /// <summary>The question the authorizer was asked; null until then.</summary>
    public AccessRequest? Access { get; set; }

    public AccessDecision? Decision { get; set; }

    /// <summary>True if the client went before its answer was complete.</summary>
    public bool ClientLeft { get; set; }
}
