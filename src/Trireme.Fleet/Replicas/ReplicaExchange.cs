namespace Trireme.Fleet.Replicas;

/// <summary>How replicas give way to those that take their place.</summary>
public enum ReplicaExchange
{
    /// <summary>The new ones answer before the old ones go, for which there is room.</summary>
    Surge,

    /// <summary>Each takes the place of one that is gone, one at a time, so that all but one answer.</summary>
    InPlace,

    /// <summary>Those of another release are gone before the first of the new one starts.</summary>
    Recreate,
}
