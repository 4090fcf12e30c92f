namespace Trireme.Contracts.Identity;

/// <summary>How a service account is called as a user.</summary>
public static class ServiceAccountNames
{
    /// <summary>Every service account.</summary>
    public const string Group = "system:serviceaccounts";

    private const string Prefix = "system:serviceaccount:";

    /// <summary>system:serviceaccount:NAMESPACE:NAME.</summary>
    public static string Of(string @namespace, string name) => $"{Prefix}{@namespace}:{name}";

    /// <summary>All service accounts, and those of the namespace.</summary>
    public static IReadOnlyList<string> GroupsOf(string @namespace) => [Group, $"{Group}:{@namespace}"];

    /// <summary>Takes a user's name apart; false if it is no service account's.</summary>
    public static bool TryParse(string user, out string @namespace, out string name)
    {
        ArgumentNullException.ThrowIfNull(user);
        string[] parts = user.StartsWith(Prefix, StringComparison.Ordinal) ? user[Prefix.Length..].Split(':') : [];
        bool whole = parts is [{ Length: > 0 }, { Length: > 0 }];
        @namespace = whole ? parts[0] : "";
        name = whole ? parts[1] : "";
        return whole;
    }
}
