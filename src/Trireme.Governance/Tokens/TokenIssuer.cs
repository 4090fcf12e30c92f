using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Identity;

namespace Trireme.Governance.Tokens;

/// <summary>
/// Tokens of service accounts as JSON Web Tokens (RFC 7519) signed by ES256, with Kubernetes' claims. What was read once is remembered for
/// a while, so that a client that calls often costs one look at its signature.
/// </summary>
public sealed class TokenIssuer(SigningKey key, string issuer = TokenIssuer.DefaultIssuer) : ITokenIssuer
{
    /// <summary>The issuer that Kubernetes' API server names where none is set.</summary>
    public const string DefaultIssuer = "https://kubernetes.default.svc.cluster.local";

    /// <summary>Longer texts are no token that was issued here.</summary>
    private const int LengthMax = 8 << 10;

    private const string PrivateClaims = "kubernetes.io";

    private readonly string _header = Encode(new JsonObject { ["alg"] = "ES256", ["kid"] = key.Id });
    private readonly VerifiedTokens _verified = new();

    public string Issuer => issuer;

    public string Algorithm => "ES256";

    public string KeySet { get; } = new JsonObject
    {
        ["keys"] = new JsonArray(new JsonObject
        {
            ["use"] = "sig",
            ["kty"] = "EC",
            ["kid"] = key.Id,
            ["crv"] = "P-256",
            ["alg"] = "ES256",
            ["x"] = key.X,
            ["y"] = key.Y,
        }),
    }.ToJsonString();

    public string Sign(ServiceAccountClaims claims)
    {
        ArgumentNullException.ThrowIfNull(claims);
        var account = new JsonObject
        {
            ["namespace"] = claims.Namespace,
            ["serviceaccount"] = new JsonObject { ["name"] = claims.Name, ["uid"] = claims.Uid },
        };
        if (claims.Bound is { } bound) account[bound.Kind] = new JsonObject { ["name"] = bound.Name, ["uid"] = bound.Uid };
        string payload = Encode(new JsonObject
        {
            ["aud"] = new JsonArray([.. claims.Audiences.Select(audience => JsonValue.Create(audience))]),
            ["exp"] = claims.ExpiresAt.ToUnixTimeSeconds(),
            ["iat"] = claims.IssuedAt.ToUnixTimeSeconds(),
            ["iss"] = issuer,
            ["jti"] = claims.Id,
            [PrivateClaims] = account,
            ["nbf"] = claims.IssuedAt.ToUnixTimeSeconds(),
            ["sub"] = ServiceAccountNames.Of(claims.Namespace, claims.Name),
        });
        string signed = $"{_header}.{payload}";
        return $"{signed}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    public bool Recognises(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return token.Length <= LengthMax && token.StartsWith(_header, StringComparison.Ordinal) && token.AsSpan().Count('.') == 2;
    }

    public ServiceAccountClaims? Read(string token)
    {
        if (!Recognises(token)) return null;
        if (_verified.Find(token) is { } known) return known;
        int end = token.LastIndexOf('.');
        byte[] signature;
        byte[] payload;
        try
        {
            signature = Base64Url.DecodeFromChars(token.AsSpan(end + 1));
            payload = Base64Url.DecodeFromChars(token.AsSpan(_header.Length + 1, end - _header.Length - 1));
        }
        catch (FormatException)
        {
            return null;
        }

        if (!key.Verify(Encoding.ASCII.GetBytes(token[..end]), signature)) return null;
        // What this key signed has the form that Sign gives it.
        ServiceAccountClaims claims = Parse(JsonNode.Parse(payload)!.AsObject());
        _verified.Add(token, claims);
        return claims;
    }

    private static ServiceAccountClaims Parse(JsonObject payload)
    {
        JsonObject account = payload[PrivateClaims]!.AsObject();
        (string? kind, JsonNode? bound) = account.FirstOrDefault(static entry => entry.Key is not ("namespace" or "serviceaccount"));
        return new ServiceAccountClaims
        {
            Id = (string)payload["jti"]!,
            Namespace = (string)account["namespace"]!,
            Name = (string)account["serviceaccount"]!["name"]!,
            Uid = (string)account["serviceaccount"]!["uid"]!,
            Audiences = [.. payload["aud"]!.AsArray().Select(static audience => (string)audience!)],
            IssuedAt = DateTimeOffset.FromUnixTimeSeconds((long)payload["iat"]!),
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds((long)payload["exp"]!),
            Bound = kind is null ? null : new BoundObject(kind, (string)bound!["name"]!, (string)bound["uid"]!),
        };
    }

    private static string Encode(JsonObject part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
