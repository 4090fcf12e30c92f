namespace Trireme.Contracts.Usage;

/// <summary>What was used in a span of time, as the gateway and the platform answer it.</summary>
public sealed record UsageReport
{
    /// <summary>Beginning of the span: a whole hour.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Its end, which is not a part of it.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>What the items are told apart by.</summary>
    public required IReadOnlyList<string> By { get; init; }

    /// <summary>By time where that is asked for, else the costliest first.</summary>
    public required IReadOnlyList<UsageSum> Items { get; init; }

    /// <summary>Of all that was used, also of what is not among the items.</summary>
    public required UsageSum Total { get; init; }

    /// <summary>There are more items than one answer holds.</summary>
    public bool IsTruncated { get; init; }
}

/// <summary>What some requests used together. What they are not told apart by is null.</summary>
public sealed record UsageSum
{
    /// <summary>The namespace.</summary>
    public string? Tenant { get; init; }

    /// <summary>The part of an API key that may be shown.</summary>
    public string? Key { get; init; }

    /// <summary>The service, as clients name it.</summary>
    public string? Model { get; init; }

    /// <summary>Name and digits of the release; empty for requests that none was asked for.</summary>
    public string? Release { get; init; }

    /// <summary>completed, client_left, cut, limited, rejected or failed.</summary>
    public string? Outcome { get; init; }

    /// <summary>Day of UTC, such as 2026-01-31.</summary>
    public string? Day { get; init; }

    /// <summary>Beginning of the hour.</summary>
    public DateTimeOffset? Hour { get; init; }

    public required long Requests { get; init; }

    /// <summary>Times that replicas were asked.</summary>
    public required long Attempts { get; init; }

    /// <summary>Tokens of prompts, cached ones included.</summary>
    public required long PromptTokens { get; init; }

    public required long CachedPromptTokens { get; init; }

    /// <summary>Generated tokens.</summary>
    public required long OutputTokens { get; init; }

    /// <summary>By the services' prices.</summary>
    public required decimal Cost { get; init; }

    /// <summary>Seconds that replicas had the requests, each counted for itself.</summary>
    public required decimal ReplicaSeconds { get; init; }

    /// <summary>What their part of that time costs by the prices of the pools, whatever prices the services have.</summary>
    public required decimal ReplicaCost { get; init; }

    /// <summary>When the last of them ended; null where there is none.</summary>
    public DateTimeOffset? LastUsed { get; init; }
}
