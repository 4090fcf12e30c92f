using System.Collections.Frozen;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Trireme.Gateway.Keys;

namespace Trireme.Gateway.Forwarding;

/// <summary>Carries headers across. What describes one connection, or belongs to the gateway alone, stays behind.</summary>
internal static class ProxyHeaders
{
    public const string RequestId = "x-request-id";
    public const string Release = "x-trireme-release";
    public const string Replica = "x-trireme-replica";
    public const string ShouldRetry = "x-should-retry";

    /// <summary>Whose turn a request takes in an engine's queue.</summary>
    public const string Tenant = "x-trireme-tenant";

    /// <summary>Headers of the platform's own: replicas believe them, so they never come from a client.</summary>
    private const string OwnPrefix = "x-trireme-";

    /// <summary>RFC 9110, section 7.6.1, and the older names proxies still see.</summary>
    private static readonly string[] HopByHop =
    [
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyAuthenticate, HeaderNames.ProxyAuthorization,
        HeaderNames.ProxyConnection, HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding, HeaderNames.Upgrade,
    ];

    /// <summary>
    /// The key must not reach an engine, the answer must be readable for the gateway, and the body may get another length.
    /// </summary>
    private static readonly FrozenSet<string> KeptFromReplica = Names(
    [
        .. HopByHop, HeaderNames.Host, HeaderNames.Authorization, PresentedKey.AlternativeHeader, HeaderNames.Cookie,
        HeaderNames.AcceptEncoding, HeaderNames.ContentLength, HeaderNames.Expect, RequestId,
    ]);

    private static readonly FrozenSet<string> KeptFromClient = Names(
    [
        .. HopByHop, HeaderNames.Server, HeaderNames.Date, HeaderNames.ContentLength, RequestId, Release, Replica, ShouldRetry,
    ]);

    public static void CopyToReplica(HttpRequest request, HttpRequestMessage message, string requestId, string tenant)
    {
        StringValues named = request.Headers.Connection;
        foreach ((string name, StringValues values) in request.Headers)
        {
            if (KeptFromReplica.Contains(name) || name.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase)) continue;
            if (IsNamedIn(named, name)) continue;
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                message.Content!.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        message.Headers.TryAddWithoutValidation(RequestId, requestId);
        message.Headers.TryAddWithoutValidation(Tenant, tenant);
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
