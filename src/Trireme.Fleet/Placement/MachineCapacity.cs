namespace Trireme.Fleet.Placement;

/// <summary>What replicas may take of the machine that the platform runs on.</summary>
/// <param name="MemoryBytes">Memory of the machine or of the platform's own limits, without what is kept for the platform.</param>
/// <param name="Cores">Cores that may be used.</param>
/// <param name="ReservedBytes">What is kept for the platform.</param>
public sealed record MachineCapacity(long MemoryBytes, int Cores, long ReservedBytes);
