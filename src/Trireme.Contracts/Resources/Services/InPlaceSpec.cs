using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>Of the strategy InPlace.</summary>
public sealed record InPlaceSpec
{
    /// <summary>
    /// Shortest time between a new replica's becoming ready and the next one's exchange. The gates look in it; a failing one goes back,
    /// replica by replica.
    /// </summary>
    public Duration MinDuration { get; init; } = Duration.FromSeconds(20);
}
