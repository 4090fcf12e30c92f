using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.Requests;

/// <summary>One request on its way: who makes it, what it asks for and what was decided so far.</summary>
internal sealed class RequestState(HttpContext http)
{
    public HttpContext Http { get; } = http;

    public RequestInfo Info { get; } = RequestInfo.Of(http.Request);

    /// <summary>Whose credentials the request carries; anonymous until its token was recognised.</summary>
    public UserInfo Caller { get; private set; } = UserInfo.Anonymous;

    /// <summary>As whom it is answered: the caller, or who the caller was let be instead.</summary>
    public UserInfo User { get; private set; } = UserInfo.Anonymous;

    /// <summary>The question the authorizer was asked; null until then.</summary>
    public AccessRequest? Access { get; private set; }

    public AccessDecision? Decision { get; set; }

    /// <summary>Takes the caller as found out.</summary>
    public void Identify(UserInfo caller)
    {
        Caller = caller;
        Become(caller);
    }

    /// <summary>Goes on as a user.</summary>
    public void Become(UserInfo user)
    {
        User = user;
        Access = Info.For(user);
    }

    /// <summary>True if the client went before its answer was complete.</summary>
    public bool ClientLeft { get; set; }
}
