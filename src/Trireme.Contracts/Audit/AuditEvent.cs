using Trireme.Contracts.Identity;

namespace Trireme.Contracts.Audit;

/// <summary>One finished request: who wanted what, whether it was allowed and how it ended. Written once, after the answer.</summary>
public sealed record AuditEvent
{
    /// <summary>Unique id, which the answer carries too.</summary>
    public required string Id { get; init; }

    /// <summary>Part of the platform that answered: "apiserver", "gateway" or "telemetry".</summary>
    public required string Surface { get; init; }

    /// <summary>When the request arrived.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    public required double DurationSeconds { get; init; }

    /// <summary>Whose credentials the request carried.</summary>
    public required UserInfo User { get; init; }

    /// <summary>As whom that user acted; null where as themselves.</summary>
    public UserInfo? ImpersonatedUser { get; init; }

    /// <summary>Address the request came from; null where it is not known.</summary>
    public string? SourceAddress { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>What was asked; null for a request refused before its verb and resource were known.</summary>
    public AccessRequest? Access { get; init; }

    /// <summary>Null where nobody decided, because the caller was not known.</summary>
    public AccessDecision? Decision { get; init; }

    /// <summary>HTTP status of the answer; 499 for a client that left.</summary>
    public required int StatusCode { get; init; }
}
