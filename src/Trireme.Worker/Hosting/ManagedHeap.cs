namespace Trireme.Worker.Hosting;

/// <summary>The heap of this process.</summary>
public static class ManagedHeap
{
    /// <summary>Bounds it: the collector works harder near the bound, and an allocation beyond it fails.</summary>
    /// <param name="bytes">Bytes that it may take from now on.</param>
    public static void SetLimit(long bytes)
    {
        AppContext.SetData("GCHeapHardLimit", (ulong)bytes);
        GC.RefreshMemoryLimit();
    }
}
