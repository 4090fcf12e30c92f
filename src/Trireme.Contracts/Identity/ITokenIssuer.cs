namespace Trireme.Contracts.Identity;

/// <summary>Signs and reads the tokens of service accounts: JSON Web Tokens under a key of the platform's own.</summary>
public interface ITokenIssuer
{
    /// <summary>The "iss" of its tokens, and the audience of those that are for the API server.</summary>
    string Issuer { get; }

    /// <summary>JWS algorithm of its signatures.</summary>
    string Algorithm { get; }

    /// <summary>The public keys as a JSON Web Key Set (RFC 7517).</summary>
    string KeySet { get; }

    string Sign(ServiceAccountClaims claims);

    /// <summary>Whether a text has the form of a token of this issuer; it may still be forged.</summary>
    bool Recognises(string token);

    /// <summary>What a token says; null if its signature is not this issuer's. Times are not looked at.</summary>
    ServiceAccountClaims? Read(string token);
}

/// <summary>What a token of a service account says (the private claims are Kubernetes').</summary>
public sealed record ServiceAccountClaims
{
    /// <summary>"jti": tells the token from all others.</summary>
    public required string Id { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>UID of the account.</summary>
    public required string Uid { get; init; }

    /// <summary>Whom the token may be presented to.</summary>
    public required IReadOnlyList<string> Audiences { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The object that the token is bound to; null where it is bound to the account alone.</summary>
    public BoundObject? Bound { get; init; }
}

/// <summary>An object that a token lives no longer than, in the account's namespace.</summary>
/// <param name="Kind">In lower case: "secret" or "pod".</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its UID.</param>
public sealed record BoundObject(string Kind, string Name, string Uid);
