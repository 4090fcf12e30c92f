namespace Trireme.Fleet.Scaling;

/// <summary>Reasons of the condition ScalingActive and of the events that tell of changes.</summary>
public static class ScalingReasons
{
    /// <summary>The number follows the load.</summary>
    public const string FollowsLoad = "FollowsLoad";

    /// <summary>The load needs more than spec.scaling.maxReplicas.</summary>
    public const string LimitedByMaximum = "LimitedByMaximum";

    /// <summary>No replica runs, and the next request starts one.</summary>
    public const string Asleep = "Asleep";

    /// <summary>The router has said nothing yet; the number stays.</summary>
    public const string SignalsMissing = "SignalsMissing";

    /// <summary>The router's last word is too old; the number stays.</summary>
    public const string SignalsStale = "SignalsStale";

    /// <summary>Event: more replicas are wanted.</summary>
    public const string ScaledUp = "ScaledUp";

    /// <summary>Event: fewer replicas are wanted.</summary>
    public const string ScaledDown = "ScaledDown";

    /// <summary>Event: a request woke the service.</summary>
    public const string Woken = "Woken";

    /// <summary>Event: nobody asked for so long that no replica is wanted.</summary>
    public const string WentToSleep = "WentToSleep";
}
