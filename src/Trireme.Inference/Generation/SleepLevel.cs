namespace Trireme.Inference.Generation;

/// <summary>What a sleeping engine has given back, by vLLM's levels.</summary>
public enum SleepLevel
{
    /// <summary>Nothing: it serves.</summary>
    Awake = 0,

    /// <summary>Keys and values; the weights stay.</summary>
    KeepWeights = 1,

    /// <summary>Keys and values, scratch memory and weights, which are read from their files again on waking.</summary>
    DropWeights = 2,
}

/// <summary>What becomes of the requests of an engine that goes to sleep.</summary>
public enum SleepMode
{
    /// <summary>They end at once, as vLLM's do by default.</summary>
    Abort,

    /// <summary>The engine sleeps when they have ended.</summary>
    Wait,
}
