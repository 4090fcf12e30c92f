namespace Trireme.Contracts.Resources;

/// <summary>Names of what a quota can limit.</summary>
public static class QuotaResources
{
    public const string Pods = "pods";
    public const string CountPrefix = "count/";
    public const string RequestsPrefix = "requests.";
    public const string LimitsPrefix = "limits.";

    /// <summary>Counts of objects that have short names.</summary>
    public static IReadOnlyList<string> Counts { get; } =
    [
        Pods, "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims",
        "services.nodeports", "services.loadbalancers",
    ];

    /// <summary>Compute resources that every container must say something of where they are limited.</summary>
    public static IReadOnlyList<string> Required { get; } =
        ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

    private static readonly string[] Amounts = ["cpu", "memory", "ephemeral-storage", "storage"];

    public static bool IsKnown(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Counts.Contains(name) || Amounts.Contains(name)) return true;
        if (name.Contains('/', StringComparison.Ordinal)) return true;
        string plain = name.StartsWith(RequestsPrefix, StringComparison.Ordinal) ? name[RequestsPrefix.Length..]
            : name.StartsWith(LimitsPrefix, StringComparison.Ordinal) ? name[LimitsPrefix.Length..]
            : name;
        return Amounts.Contains(plain) || plain.StartsWith("hugepages-", StringComparison.Ordinal);
    }
}
