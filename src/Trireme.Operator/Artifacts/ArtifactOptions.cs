namespace Trireme.Operator;

/// <summary>Where files of releases are fetched from and how much of them is kept.</summary>
public sealed record ArtifactOptions
{
    /// <summary>Most bytes of the store.</summary>
    public long MaxBytes { get; init; } = 500L << 30;

    /// <summary>How long what no release names any more is kept, and longer after a restart, which begins to count anew.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Files fetched at a time.</summary>
    public int Downloads { get; init; } = 4;

    /// <summary>Longest time without a byte before a connection is given up and made anew.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The hub behind hf://.</summary>
    public string HubEndpoint { get; init; } = "https://huggingface.co";

    /// <summary>A cache of Python's huggingface_hub, whose files are taken instead of fetched; null without one.</summary>
    public string? HubCache { get; init; }

    /// <summary>The server behind s3://; null for AWS.</summary>
    public string? S3Endpoint { get; init; }

    /// <summary>Region that requests to it are signed for.</summary>
    public string S3Region { get; init; } = "us-east-1";

    /// <summary>Whether nothing is asked of other machines.</summary>
    public bool Offline { get; init; }
}
