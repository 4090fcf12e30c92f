using System.Globalization;
using Trireme.Contracts.Engines;

namespace Trireme.Worker.Hosting;

/// <summary>
/// Keeps the heap of a process that is ended above a limit so far below it that an allocation fails first: that one request is answered
/// with an error, where the end of the process would cut all of them.
/// </summary>
internal sealed class HeapBound
{
    /// <summary>What compiled code and stacks grow by with the first requests.</summary>
    private const long Growth = 32L << 20;

    /// <summary>Without this no request can be read at all.</summary>
    private const long Least = 64L << 20;

    private readonly long _processBytes;

    private HeapBound(long processBytes) => _processBytes = processBytes;

    /// <summary>Bounds the heap of a process that has loaded nothing yet; null where nobody limits the process.</summary>
    public static HeapBound? Begin()
    {
        string? limit = Environment.GetEnvironmentVariable(EngineEnvironment.ProcessMemory);
        if (!long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) || bytes == 0) return null;
        var bound = new HeapBound(bytes);
        bound.Apply(reservedBytes: 0);
        return bound;
    }

    /// <summary>Bounds the heap by what the process takes beside it now and will take yet.</summary>
    /// <param name="reservedBytes">Memory outside of the heap that is not touched yet.</param>
    public void Apply(long reservedBytes)
    {
        long heap = GC.GetGCMemoryInfo().TotalCommittedBytes;
        ManagedHeap.SetLimit(Of(_processBytes, Math.Max(0, Environment.WorkingSet - heap), reservedBytes));
    }

    /// <summary>Bytes that the heap may take.</summary>
    /// <param name="processBytes">Bytes that the process may take.</param>
    /// <param name="besideBytes">Bytes that it has taken outside of the heap.</param>
    /// <param name="reservedBytes">Bytes that it will take outside of the heap.</param>
    internal static long Of(long processBytes, long besideBytes, long reservedBytes) =>
        Math.Max(Least, processBytes - besideBytes - reservedBytes - Growth);
}
