using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>Of the strategy Shadow.</summary>
public sealed record ShadowSpec
{
    /// <summary>
    /// Percent of requests that are copied to the new release. A copy waits for nothing and delays nothing: where too many are open, it is
    /// dropped and counted, and it ends when the client of its request hangs up.
    /// </summary>
    [Range(1, 100)]
    public int Percent { get; init; } = 10;

    /// <summary>Shortest time of copies, however good the samples are.</summary>
    public Duration MinDuration { get; init; } = Duration.FromSeconds(20);

    /// <summary>Time after which the copies count as inconclusive.</summary>
    public Duration MaxDuration { get; init; } = Duration.FromSeconds(600);

    /// <summary>What follows when every gate passed on the copies.</summary>
    public ShadowNext Then { get; init; } = ShadowNext.Canary;
}

/// <summary>What follows a shadow that passed.</summary>
public enum ShadowNext
{
    /// <summary>The steps of the plan: growing shares of clients' requests.</summary>
    Canary,

    /// <summary>A person decides; copies go on until then.</summary>
    Hold,

    /// <summary>All traffic at once, as soon as the new release has all its replicas.</summary>
    Promote,
}
