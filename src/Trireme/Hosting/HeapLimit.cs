using Trireme.Contracts.Metrics;
using Trireme.Settings;
using Trireme.Worker.Hosting;

namespace Trireme.Hosting;

/// <summary>
/// Bounds the platform's heap. The collector works harder as it comes near the bound, so garbage of large requests does not pile up to
/// gigabytes; and where something still asks for too much, that one allocation fails, and not the process or a replica beside it, which
/// is what the kernel ends when the machine runs out of memory.
/// </summary>
internal static class HeapLimit
{
    /// <summary>What the metrics' store, the objects and the requests in flight of a platform under load need beside each other.</summary>
    private const long Least = 1L << 30;

    /// <summary>Eight times what a busy platform has been seen to hold; more is a leak or an attack.</summary>
    private const long Most = 4L << 30;

    private const string Variable = "DOTNET_GCHeapHardLimit";

    /// <summary>Sets the bound of this process, unless its environment says one.</summary>
    public static void Apply(PlatformSettings settings)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 }) return;
        ManagedHeap.SetLimit(Of(settings, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes));
    }

    public static void ShowIn(MetricRegistry metrics) =>
        metrics.Gauge("trireme_platform_heap_limit_bytes", "Most memory that the platform's heap may take.").With()
            .SetSource(static () => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>
    /// What is set; otherwise half of the memory, since replicas need the other, within bounds, and at least twice what the metrics' store
    /// may hold.
    /// </summary>
    /// <param name="settings">The platform's settings.</param>
    /// <param name="memory">Bytes of memory of the machine, or of the container this runs in.</param>
    public static long Of(PlatformSettings settings, long memory)
    {
        if (settings.MaxHeapBytes is { } set) return set;
        return Math.Max(Math.Clamp(memory / 2, Least, Most), 2 * settings.Telemetry.MaxStoreBytes);
    }
}
