using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.Governance.ApiKeys;

/// <summary>
/// Who presents a key. As a user it is called "apikey:NAMESPACE/KEYID" and belongs to the groups "apikeys", "apikeys:NAMESPACE" and
/// "system:authenticated", in the way of Kubernetes' service accounts, so that rules can name one key, the keys of one tenant, or all.
/// </summary>
public sealed class ApiKeyIdentity
{
    /// <summary>Every API key.</summary>
    public const string Group = "apikeys";

    private const string NamePrefix = "apikey:";
    private const string NamespaceGroupPrefix = Group + ":";

    private readonly ApiKeyTerms _terms;

    /// <param name="keyNamespace">The tenant.</param>
    /// <param name="keyId">The part of the key that may be shown.</param>
    /// <param name="name">What the key is for.</param>
    /// <param name="terms">What it allows; null for all that the namespace does.</param>
    public ApiKeyIdentity(string keyNamespace, string keyId, string name, ApiKeyTerms? terms = null)
    {
        _terms = terms ?? new ApiKeyTerms();
        Namespace = keyNamespace;
        PriorityText = Priority.ToString(CultureInfo.InvariantCulture);
        User = new UserInfo
        {
            Name = $"{NamePrefix}{keyNamespace}/{keyId}",
            Groups = [Group, NamespaceGroupPrefix + keyNamespace, WellKnownGroups.Authenticated],
            Extra = new Dictionary<string, IReadOnlyList<string>>
            {
                [ExtraKeys.ApiKeyId] = [keyId],
                [ExtraKeys.ApiKeyName] = [name],
            },
        };
        KeyId = keyId;
        Tenant = $"{keyNamespace}/{keyId}";
        CacheSalt = Salt("key:" + Tenant);
        TenantCacheSalt = Salt("tenant:" + keyNamespace);
    }

    /// <summary>The tenant, which is a namespace.</summary>
    public string Namespace { get; }

    /// <summary>The part of the key that may be shown.</summary>
    public string KeyId { get; }

    /// <summary>Whose turn a request takes in a queue: keys of one tenant share a service fairly too.</summary>
    public string Tenant { get; }

    /// <summary>
    /// Keeps what the key's requests leave in an engine's cache apart from what those of all other keys do. A hash of its own, so that an
    /// engine learns nothing of keys.
    /// </summary>
    public string CacheSalt { get; }

    /// <summary>The same for all keys of the tenant together.</summary>
    public string TenantCacheSalt { get; }

    /// <summary>Place of the key's requests in an engine's queue: a lower one is computed earlier.</summary>
    public int Priority => _terms.Priority;

    /// <summary>What its requests may use; null for what the tenant's policy gives each key.</summary>
    public UsageSpec? Usage => _terms.Usage;

    /// <summary>The same as a header's value, made once for all requests.</summary>
    public string PriorityText { get; }

    public UserInfo User { get; }

    private static string Salt(string whose) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("prefix-cache " + whose)));

    /// <summary>Whether its time is over.</summary>
    public bool HasExpired(DateTimeOffset now) => _terms.Expires <= now;

    /// <summary>Whether it opens a service of its namespace, as far as the key itself says.</summary>
    public bool Opens(string service)
    {
        if (_terms.Services.Count == 0) return true;
        for (int i = 0; i < _terms.Services.Count; i++)
        {
            if (_terms.Services[i] == service) return true;
        }

        return false;
    }

    /// <summary>True if the user is an API key of the namespace. Allocates nothing.</summary>
    public static bool IsKeyOf(UserInfo user, string keyNamespace)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentNullException.ThrowIfNull(keyNamespace);
        for (int i = 0; i < user.Groups.Count; i++)
        {
            ReadOnlySpan<char> group = user.Groups[i];
            bool isKey = group.StartsWith(NamespaceGroupPrefix) && group[NamespaceGroupPrefix.Length..].SequenceEqual(keyNamespace);
            if (isKey) return true;
        }

        return false;
    }
}
