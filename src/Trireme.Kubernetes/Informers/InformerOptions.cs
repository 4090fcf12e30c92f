using Trireme.Contracts.Timing;

namespace Trireme.Kubernetes;

/// <summary>What an informer watches and how patient it is.</summary>
public sealed record InformerOptions
{
    /// <summary>Null for all namespaces.</summary>
    public string? Namespace { get; init; }

    public string? LabelSelector { get; init; }

    /// <summary>Objects per page of the first list. 500, as kubectl and client-go ask for.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Pauses after failures to list or watch.</summary>
    public Backoff Retry { get; init; } = new()
    {
        First = TimeSpan.FromMilliseconds(200),
        Longest = TimeSpan.FromSeconds(30),
        Jitter = 0.5,
    };

    /// <summary>Silence after which a watch is given up and begun again where it was: two bookmarks that did not come. 2 minutes.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Length of one watch; the next one resumes where it ended. 5 minutes.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);
}
