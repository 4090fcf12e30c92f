using Trireme.Contracts.Identity;

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

    /// <param name="keyNamespace">The tenant.</param>
    /// <param name="keyId">The part of the key that may be shown.</param>
    /// <param name="name">What the key is for.</param>
    public ApiKeyIdentity(string keyNamespace, string keyId, string name)
    {
        Namespace = keyNamespace;
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
    }

    /// <summary>The tenant, which is a namespace.</summary>
    public string Namespace { get; }

    /// <summary>The part of the key that may be shown.</summary>
    public string KeyId { get; }

    /// <summary>Whose turn a request takes in a queue: keys of one tenant share a service fairly too.</summary>
    public string Tenant { get; }

    public UserInfo User { get; }

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
