using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Operator.ModelServices;

/// <summary>Where the rollout judge's samples come from.</summary>
public interface IRolloutTelemetry
{
    /// <summary>
    /// Consecutive windows of equal length after <paramref name="since"/> in which both releases of a service got requests, oldest
    /// first. Empty while there are none. A source that cannot be read throws; the rollout then waits and says so.
    /// </summary>
    Task<IReadOnlyList<WindowPair>> ReadWindowsAsync(
        string @namespace,
        string service,
        ReleaseRef baseline,
        ReleaseRef candidate,
        DateTimeOffset since,
        CancellationToken cancellationToken);
}
