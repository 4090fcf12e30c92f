namespace Trireme.Contracts.Identity;

/// <summary>Who makes a request, as Kubernetes describes a user (authentication.k8s.io/v1 UserInfo).</summary>
public sealed record UserInfo
{
    /// <summary>The caller without credentials.</summary>
    public static UserInfo Anonymous { get; } = new() { Name = "system:anonymous", Groups = [WellKnownGroups.Unauthenticated] };

    /// <summary>Unique among active users, such as "system:serviceaccount:default:builder".</summary>
    public required string Name { get; init; }

    /// <summary>Tells apart users that had the same name at different times; null where the issuer gives none.</summary>
    public string? Uid { get; init; }

    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>What the issuer says beside, such as the key's id under <see cref="ExtraKeys"/>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public bool IsIn(string group)
    {
        for (int i = 0; i < Groups.Count; i++)
        {
            if (Groups[i] == group) return true;
        }

        return false;
    }
}

/// <summary>Groups with a meaning of their own.</summary>
public static class WellKnownGroups
{
    /// <summary>May do everything, past every rule.</summary>
    public const string Masters = "system:masters";

    /// <summary>Everyone whose credentials were accepted.</summary>
    public const string Authenticated = "system:authenticated";

    public const string Unauthenticated = "system:unauthenticated";
}

/// <summary>Keys of <see cref="UserInfo.Extra"/> that the platform sets.</summary>
public static class ExtraKeys
{
    /// <summary>The part of an API key that may be shown.</summary>
    public const string ApiKeyId = "trireme.dev/api-key-id";

    /// <summary>What an API key is for, as its owner called it.</summary>
    public const string ApiKeyName = "trireme.dev/api-key-name";
}
