namespace Trireme.Contracts.Resources;

/// <summary>How a service gets from one release to another.</summary>
public enum RolloutStrategyType
{
    /// <summary>The new release gets growing shares of traffic beside the serving one, each judged. Up to twice the replicas.</summary>
    Canary,

    /// <summary>
    /// The new release gets all replicas, then all traffic at once; the old one is kept running for a while, in which a failing gate or an
    /// undo switches back at once. Runs twice the replicas.
    /// </summary>
    BlueGreen,

    /// <summary>
    /// The new release gets copies of requests, whose answers nobody sees, and is judged by them before any client is sent to it.
    /// </summary>
    Shadow,

    /// <summary>
    /// The old release is stopped before the new one starts, so that the two never run together. The service does not answer in between;
    /// requests wait for it, for as long as the gateway lets them wait.
    /// </summary>
    Recreate,

    /// <summary>
    /// Replicas are exchanged one by one in their places, for services of which two releases do not fit side by side. All but one answer at
    /// any time, and each ready replica gets the same share of traffic.
    /// </summary>
    InPlace,
}
