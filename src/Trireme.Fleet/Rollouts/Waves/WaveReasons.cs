namespace Trireme.Fleet.Rollouts.Waves;

/// <summary>Reasons of the Complete condition of a FleetRollout. Scripts match them, so they never change.</summary>
public static class WaveReasons
{
    /// <summary>Services of the present wave move.</summary>
    public const string Progressing = "Progressing";

    /// <summary>A wave has ended, and the pause before the next one runs.</summary>
    public const string BetweenWaves = "BetweenWaves";

    /// <summary>No service matches the selector.</summary>
    public const string NoServices = "NoServices";

    /// <summary>The selector matches more services than one fleet rollout takes.</summary>
    public const string TooManyServices = "TooManyServices";

    /// <summary>The spec names another target than the one it began with.</summary>
    public const string TargetChanged = "TargetChanged";

    /// <summary>spec.paused is true.</summary>
    public const string Paused = "Paused";

    /// <summary>A gate or a person took a service back.</summary>
    public const string ServiceFailed = "ServiceFailed";

    /// <summary>A wave has taken longer than spec.waveDeadline.</summary>
    public const string WaveDeadlineExceeded = "WaveDeadlineExceeded";

    /// <summary>What has moved goes back.</summary>
    public const string Undoing = "Undoing";

    /// <summary>What had moved went back.</summary>
    public const string Undone = "Undone";

    /// <summary>Every service has come to an end.</summary>
    public const string Completed = "Completed";
}
