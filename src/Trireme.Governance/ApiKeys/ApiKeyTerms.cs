using Trireme.Contracts.Resources;

namespace Trireme.Governance.ApiKeys;

/// <summary>What a key allows, within what its namespace does.</summary>
public sealed record ApiKeyTerms
{
    /// <summary>Place of its requests in an engine's queue: a lower one is computed earlier.</summary>
    public int Priority { get; init; }

    /// <summary>From when on it is refused; null for never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The services that it opens; none for all of the namespace.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];

    /// <summary>What its requests may use; null for what the tenant's policy gives each key.</summary>
    public UsageSpec? Usage { get; init; }
}
