namespace Trireme.Fleet.Placement;

/// <summary>A replica by its namespace and name.</summary>
public readonly record struct ReplicaKey(string Namespace, string Name) : IComparable<ReplicaKey>
{
    /// <summary>By namespace, then by name, in ordinal order.</summary>
    public int CompareTo(ReplicaKey other)
    {
        int byNamespace = string.CompareOrdinal(Namespace, other.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(Name, other.Name);
    }

    public static bool operator <(ReplicaKey left, ReplicaKey right) => left.CompareTo(right) < 0;

    public static bool operator <=(ReplicaKey left, ReplicaKey right) => left.CompareTo(right) <= 0;

    public static bool operator >(ReplicaKey left, ReplicaKey right) => left.CompareTo(right) > 0;

    public static bool operator >=(ReplicaKey left, ReplicaKey right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Namespace}/{Name}";
}
