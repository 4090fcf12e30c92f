using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>Of the strategy BlueGreen.</summary>
public sealed record BlueGreenSpec
{
    /// <summary>
    /// How long the old release keeps its replicas after the new one got all traffic. Until then a failing gate or an undo switches back at
    /// once; afterwards the old replicas drain and end.
    /// </summary>
    public Duration KeepOld { get; init; } = Duration.FromSeconds(300);
}
