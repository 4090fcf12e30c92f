namespace Trireme.Kubernetes;

/// <summary>What a list or watch selects.</summary>
public sealed record ListOptions
{
    /// <summary>Such as "trireme.dev/service=chat,env!=test".</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Such as "metadata.name=chat".</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Most items in one answer; the rest is fetched with <see cref="Continue"/>.</summary>
    public int? Limit { get; init; }

    /// <summary>Token of the page before.</summary>
    public string? Continue { get; init; }

    /// <summary>For watches: the revision after which changes are wanted.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>For watches: after this time the server closes the stream.</summary>
    public TimeSpan? Timeout { get; init; }
}
