using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.ServiceAccounts;

/// <summary>
/// Knows service accounts by their tokens. A token is good while it has not expired and its account and the object it is bound to are
/// there: each call looks, so that a deletion ends the token at once.
/// </summary>
/// <param name="issuer">Reads tokens.</param>
/// <param name="objects">Looked at with the first token: the kinds that are served are among what asks about tokens.</param>
/// <param name="time">The clock.</param>
internal sealed class ServiceAccountAuthenticator(ITokenIssuer issuer, Lazy<AccountObjects> objects, TimeProvider time)
    : ITokenAuthenticator
{
    private const string CredentialId = "authentication.kubernetes.io/credential-id";
    private const string PodName = "authentication.kubernetes.io/pod-name";
    private const string PodUid = "authentication.kubernetes.io/pod-uid";

    /// <summary>Clocks that were set back a little make no token one of the future.</summary>
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);

    /// <summary>Whom tokens for this server are for, which is also what a token gets that names nobody.</summary>
    public IReadOnlyList<string> Audiences { get; } = [issuer.Issuer];

    public ValueTask<UserInfo?> AuthenticateAsync(string token, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Review(token, Audiences).User);

    /// <summary>Whose token this is, if it is for one of the audiences.</summary>
    public TokenFinding Review(string token, IReadOnlyList<string> audiences)
    {
        if (issuer.Read(token) is not { } claims) return TokenFinding.Unknown;
        string[] meant = [.. claims.Audiences.Intersect(audiences)];
        if (meant.Length == 0)
        {
            return TokenFinding.Bad(
                $"token audiences {Quoted(claims.Audiences)} is invalid for the target audiences {Quoted(audiences)}");
        }

        DateTimeOffset now = time.GetUtcNow();
        if (now >= claims.ExpiresAt) return TokenFinding.Bad("service account token has expired");
        if (now < claims.IssuedAt - Leeway) return TokenFinding.Bad("service account token is not valid yet");
        if (objects.Value.Find(claims.Namespace, claims.Name) is not { } account)
        {
            return TokenFinding.Bad($"serviceaccounts \"{claims.Name}\" not found");
        }

        if (account.Uid != claims.Uid)
        {
            return TokenFinding.Bad($"service account UID ({account.Uid}) does not match claim ({claims.Uid})");
        }

        return claims.Bound is { } bound && !Exists(claims.Namespace, bound)
            ? TokenFinding.Bad("service account token has been invalidated")
            : new TokenFinding(UserOf(claims), meant, Error: null);
    }

    private bool Exists(string @namespace, BoundObject bound) =>
        objects.Value.FindBound(@namespace, bound.Kind, bound.Name)?.Uid == bound.Uid;

    private static UserInfo UserOf(ServiceAccountClaims claims)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>> { [CredentialId] = ["JTI=" + claims.Id] };
        if (claims.Bound is { Kind: "pod" } pod)
        {
            extra[PodName] = [pod.Name];
            extra[PodUid] = [pod.Uid];
        }

        return new UserInfo
        {
            Name = ServiceAccountNames.Of(claims.Namespace, claims.Name),
            Uid = claims.Uid,
            Groups = [.. ServiceAccountNames.GroupsOf(claims.Namespace), WellKnownGroups.Authenticated],
            Extra = extra,
        };
    }

    private static string Quoted(IEnumerable<string> texts) => $"[{string.Join(' ', texts.Select(static text => $"\"{text}\""))}]";
}
