namespace Trireme.Contracts.Resources;

/// <summary>What clients of one service may learn of each other.</summary>
public sealed record IsolationSpec
{
    /// <summary>
    /// Who shares cached prompts. An answer is faster after a prompt that begins alike, and says so (cached_tokens), which tells whether
    /// somebody has sent that text. Key: each API key has its own. Tenant: the keys of a namespace share theirs. Service: all callers do.
    /// </summary>
    public PrefixCacheScope PrefixCache { get; init; } = PrefixCacheScope.Key;
}

/// <summary>Who shares cached prompts.</summary>
public enum PrefixCacheScope
{
    Key,
    Tenant,
    Service,
}
