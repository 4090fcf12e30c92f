using System.Collections.Frozen;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Trireme.Contracts.Http;
using Trireme.Contracts.Resources;
using Trireme.Gateway.Identity;
using Trireme.Gateway.Pipeline;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Forwarding;

/// <summary>Carries headers across. What describes one connection, or belongs to the gateway alone, stays behind.</summary>
internal static class ProxyHeaders
{
    /// <summary>RFC 9110, section 7.6.1, and the older names proxies still see.</summary>
    private static readonly string[] HopByHop =
    [
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyAuthenticate, HeaderNames.ProxyAuthorization,
        HeaderNames.ProxyConnection, HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding, HeaderNames.Upgrade,
    ];

    /// <summary>
    /// The key must not reach an engine, the answer must be readable for the gateway, the body may get another length, and whether a web
    /// page may call is the gateway's to say: its requests to replicas come from no page.
    /// </summary>
    private static readonly FrozenSet<string> KeptFromReplica = Names(
    [
        .. HopByHop, HeaderNames.Host, HeaderNames.Authorization, .. PresentedKey.AlternativeHeaders, HeaderNames.Cookie,
        HeaderNames.AcceptEncoding, HeaderNames.ContentLength, HeaderNames.Expect, HeaderNames.Origin, HeaderNames.Referer,
        TriremeHeaders.FetchSite, TriremeHeaders.RequestId,
    ]);

    /// <summary>What a translated body is, whatever its client's was called.</summary>
    private static readonly System.Net.Http.Headers.MediaTypeHeaderValue Json = new("application/json");

    private static readonly FrozenSet<string> KeptFromClient = Names(
    [
        .. HopByHop, HeaderNames.Server, HeaderNames.Date, HeaderNames.ContentLength, TriremeHeaders.RequestId, TriremeHeaders.Release,
        TriremeHeaders.Replica,
    ]);

    /// <param name="request">What the client sent. What schedules and what isolates comes from its key and never from the client.</param>
    /// <param name="message">What the replica gets.</param>
    /// <param name="requestId">The id that the replica is told.</param>
    public static void CopyToReplica(GatewayRequest request, HttpRequestMessage message, string requestId)
    {
        IHeaderDictionary sent = request.Http.Request.Headers;
        StringValues named = sent.Connection;
        foreach ((string name, StringValues values) in sent)
        {
            if (KeptFromReplica.Contains(name) || name.StartsWith(TriremeHeaders.Prefix, StringComparison.OrdinalIgnoreCase)) continue;
            if (IsNamedIn(named, name)) continue;
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                message.Content!.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        if (request.Answer is not null) message.Content!.Headers.ContentType = Json;
        ApiKeyIdentity caller = request.Caller!;
        message.Headers.TryAddWithoutValidation(TriremeHeaders.RequestId, requestId);
        // Keys of one tenant share a service fairly too: a batch job with its own key does not hold up the chat beside it.
        message.Headers.TryAddWithoutValidation(TriremeHeaders.Tenant, caller.Tenant);
        message.Headers.TryAddWithoutValidation(TriremeHeaders.Priority, caller.PriorityText);
        if (SaltOf(caller, request.Service!.Route.PrefixCache) is { } salt)
        {
            message.Headers.TryAddWithoutValidation(TriremeHeaders.CacheSalt, salt);
        }
    }

    public static void CopyToClient(HttpResponseMessage message, HttpResponse response)
    {
        foreach ((string name, System.Net.Http.Headers.HeaderStringValues values) in message.Headers.NonValidated)
        {
            Copy(name, values, response);
        }

        foreach ((string name, System.Net.Http.Headers.HeaderStringValues values) in message.Content.Headers.NonValidated)
        {
            Copy(name, values, response);
        }
    }

    private static void Copy(string name, System.Net.Http.Headers.HeaderStringValues values, HttpResponse response)
    {
        if (KeptFromClient.Contains(name)) return;
        foreach (string value in values)
        {
            // Kestrel refuses other characters in headers, and no engine needs them.
            if (Ascii.IsValid(value)) response.Headers.Append(name, value);
        }
    }

    /// <summary>Null where all callers of the service share.</summary>
    private static string? SaltOf(ApiKeyIdentity caller, PrefixCacheScope scope) => scope switch
    {
        PrefixCacheScope.Service => null,
        PrefixCacheScope.Tenant => caller.TenantCacheSalt,
        _ => caller.CacheSalt,
    };

    private static bool IsNamedIn(StringValues connection, string name)
    {
        foreach (string? value in connection)
        {
            foreach (Range part in value.AsSpan().Split(','))
            {
                if (value.AsSpan()[part].Trim().Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
            }
        }

        return false;
    }

    private static FrozenSet<string> Names(string[] names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
