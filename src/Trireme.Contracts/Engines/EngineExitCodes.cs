namespace Trireme.Contracts.Engines;

/// <summary>Exit codes by which an engine's process says more than that it failed.</summary>
public static class EngineExitCodes
{
    /// <summary>
    /// A file of the model is not what was verified, or no longer. The number is SIGBUS, which the kernel sends to who reads a mapped file
    /// beyond its new end: the worker's handler of it can do nothing but end with it.
    /// </summary>
    public const int ModelFileChanged = 7;
}
