namespace Trireme.Contracts.Engines;

/// <summary>What an engine that is not ready says of itself in the answer to /health, as its "state".</summary>
public static class EngineStates
{
    /// <summary>It was put to sleep: nobody is to be sent there, whoever gave that order.</summary>
    public const string Sleeping = "sleeping";
}
