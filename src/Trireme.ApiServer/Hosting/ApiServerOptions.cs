using Trireme.ApiServer.Access;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Pods;
using Trireme.Contracts.Audit;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Hosting;

/// <summary>How the embedded API server runs.</summary>
public sealed record ApiServerOptions
{
    /// <summary>SQLite database file; created with its folder when absent. One process at a time may use it.</summary>
    public required string DatabasePath { get; init; }

    /// <summary>Who is known, asked in this order; a token none of them knows is answered with 401.</summary>
    public required IReadOnlyList<ITokenAuthenticator> Authenticators { get; init; }

    /// <summary>Roles, bindings and service accounts; null for a server that has none of them.</summary>
    public AccessControl? Access { get; init; }

    /// <summary>Decides instead of the roles and bindings of <see cref="Access"/>, or of the built-in rule where there are none.</summary>
    public IAuthorizer? Authorizer { get; init; }

    /// <summary>What tenants may have; null to limit nobody.</summary>
    public IWriteLimits? WriteLimits { get; init; }

    /// <summary>Takes one event for every request once it is answered; null to record none.</summary>
    public IAuditSink? AuditSink { get; init; }

    /// <summary>The served kinds; they must include Namespace.</summary>
    public IReadOnlyList<ResourceDefinition> Definitions { get; init; } = [.. ResourceCatalog.All, .. ResourceCatalog.Workloads];

    public MetricRegistry Metrics { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public ApiServerLimits Limits { get; init; } = new();

    /// <summary>How the replicas of this machine are shown among the Pods; null to show none.</summary>
    public PodFace? Pods { get; init; }

    /// <summary>
    /// Certificate of the authority that clients must trust, in PEM, which is published in every namespace; null to publish none.
    /// </summary>
    public string? PublishedAuthority { get; init; }

    /// <summary>Version shown by /version beside the Kubernetes version whose API this is.</summary>
    public string ProductVersion { get; init; } = typeof(ApiServerOptions).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
