namespace Trireme.Contracts.Engines;

/// <summary>What an engine process is told by its environment, because it is nothing to serve by.</summary>
public static class EngineEnvironment
{
    /// <summary>Bytes that the whole process may take, as a decimal number; one that takes more is ended.</summary>
    public const string ProcessMemory = "TRIREME_PROCESS_MEMORY";
}
