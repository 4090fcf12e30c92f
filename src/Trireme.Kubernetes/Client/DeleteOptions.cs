namespace Trireme.Kubernetes;

/// <summary>What happens to the objects the deleted one owns.</summary>
public enum PropagationPolicy
{
    /// <summary>The object goes now, what it owns later.</summary>
    Background,

    /// <summary>What it owns goes first.</summary>
    Foreground,

    /// <summary>What it owns stays.</summary>
    Orphan,
}

/// <summary>How an object is deleted, and only under which conditions.</summary>
public sealed record DeleteOptions
{
    public PropagationPolicy? Propagation { get; init; }

    /// <summary>Delete only the object with this uid, not one that was created later under the same name.</summary>
    public string? Uid { get; init; }

    /// <summary>Delete only if nothing changed since this version was read.</summary>
    public string? ResourceVersion { get; init; }

    public long? GracePeriodSeconds { get; init; }
}
