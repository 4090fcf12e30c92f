using System.Collections.Frozen;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Trireme.Contracts.Http;
using Trireme.Gateway.Identity;

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
        .. HopByHop, HeaderNames.Host, HeaderNames.Authorization, PresentedKey.AlternativeHeader, HeaderNames.Cookie,
        HeaderNames.AcceptEncoding, HeaderNames.ContentLength, HeaderNames.Expect, HeaderNames.Origin, HeaderNames.Referer,
        TriremeHeaders.FetchSite, TriremeHeaders.RequestId,
    ]);

    private static readonly FrozenSet<string> KeptFromClient = Names(
    [
        .. HopByHop, HeaderNames.Server, HeaderNames.Date, HeaderNames.ContentLength, TriremeHeaders.RequestId, TriremeHeaders.Release,
        TriremeHeaders.Replica,
    ]);

    public static void CopyToReplica(HttpRequest request, HttpRequestMessage message, string requestId, string tenant)
    {
        StringValues named = request.Headers.Connection;
        foreach ((string name, StringValues values) in request.Headers)
        {
            if (KeptFromReplica.Contains(name) || name.StartsWith(TriremeHeaders.Prefix, StringComparison.OrdinalIgnoreCase)) continue;
            if (IsNamedIn(named, name)) continue;
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                message.Content!.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        message.Headers.TryAddWithoutValidation(TriremeHeaders.RequestId, requestId);
        message.Headers.TryAddWithoutValidation(TriremeHeaders.Tenant, tenant);
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
