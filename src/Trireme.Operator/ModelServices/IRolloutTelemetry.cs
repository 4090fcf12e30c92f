using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Operator.ModelServices;

/// <summary>Where the rollout judge's samples come from.</summary>
public interface IRolloutTelemetry
{
    /// <summary>
    /// Consecutive windows of equal length within the last stretch of time in which both releases of a service got requests, oldest
    /// first. Empty while there are none. A source that cannot be read throws; the rollout then waits and says so.
    /// </summary>
    /// <param name="namespace">The service's namespace.</param>
    /// <param name="service">The service's name.</param>
    /// <param name="baseline">The release that serves.</param>
    /// <param name="candidate">The release that is judged.</param>
    /// <param name="within">How far back from now the windows may reach. What "now" is, is for the source's own clock to say.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    Task<IReadOnlyList<WindowPair>> ReadWindowsAsync(
        string @namespace,
        string service,
        ReleaseRef baseline,
        ReleaseRef candidate,
        TimeSpan within,
        CancellationToken cancellationToken);
}
