using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Operator.ModelServices;

/// <summary>Where the rollout judge's samples come from.</summary>
public interface IRolloutTelemetry
{
    /// <summary>
    /// Complete windows of equal length in which both releases of a service got requests, oldest first. Each has the same start and the
    /// same content at every read, so that it can be counted once. Empty while there are none. A source that cannot be read throws; the
    /// rollout then waits and says so.
    /// </summary>
    Task<IReadOnlyList<WindowPair>> ReadWindowsAsync(WindowQuery query, CancellationToken cancellationToken);
}

/// <summary>Which windows are wanted.</summary>
/// <param name="Namespace">The service's namespace.</param>
/// <param name="Service">The service's name.</param>
/// <param name="Baseline">The release that serves.</param>
/// <param name="Candidate">The release that is judged.</param>
/// <param name="Within">How far back from now the windows may reach. What "now" is, is for the source's own clock to say.</param>
/// <param name="After">Start of the last window that is known; only later ones are wanted. Null where none is known.</param>
public sealed record WindowQuery(
    string Namespace, string Service, ReleaseRef Baseline, ReleaseRef Candidate, TimeSpan Within, DateTimeOffset? After)
{
    /// <summary>What the candidate's windows are paired with.</summary>
    public RolloutComparison Comparison { get; init; }
}
