namespace Trireme.Fleet;

/// <summary>A service by its namespace, which is the tenant, and its name.</summary>
public readonly record struct ServiceKey(string Namespace, string Name)
{
    /// <summary>By namespace, then by name, in ordinal order.</summary>
    public static int Compare(ServiceKey left, ServiceKey right)
    {
        int byNamespace = string.CompareOrdinal(left.Namespace, right.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(left.Name, right.Name);
    }

    public override string ToString() => $"{Namespace}/{Name}";
}
