namespace Trireme.Contracts.Resources;

/// <summary>The API server's answer where there is no object to return: an error, or a success without body.</summary>
public sealed record Status
{
    public string ApiVersion { get; init; } = "v1";

    public string Kind { get; init; } = "Status";

    public ListMeta Metadata { get; init; } = new();

    /// <summary>"Success" or "Failure".</summary>
    [System.Text.Json.Serialization.JsonPropertyName("status")]
    public string Outcome { get; init; } = "Failure";

    public string? Message { get; init; }

    /// <summary>Machine-readable cause, such as NotFound, Conflict or Invalid.</summary>
    public string? Reason { get; init; }

    public StatusDetails? Details { get; init; }

    public int? Code { get; init; }
}

public sealed record StatusDetails
{
    public string? Name { get; init; }

    public string? Group { get; init; }

    public string? Kind { get; init; }

    public string? Uid { get; init; }

    public IReadOnlyList<StatusCause>? Causes { get; init; }

    public int? RetryAfterSeconds { get; init; }
}

/// <summary>One field at fault.</summary>
public sealed record StatusCause
{
    public string? Reason { get; init; }

    public string? Message { get; init; }

    /// <summary>Path of the field, such as spec.rollout.steps[0].weight.</summary>
    public string? Field { get; init; }
}
