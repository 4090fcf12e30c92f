using System.Runtime.InteropServices;

namespace Trireme.Inference.Models;

/// <summary>Pages of a mapped file that were read once and are not needed again.</summary>
internal static unsafe partial class MappedPages
{
    private const int DontNeed = 4;

    /// <summary>
    /// Takes whole pages of a range out of the process, which would otherwise count as its memory beside the converted weights. They
    /// stay in the system's cache and come back when they are read. Only advice: a failure changes nothing.
    /// </summary>
    public static void Release(byte* start, long length)
    {
        long page = Environment.SystemPageSize;
        long first = ((long)start + page - 1) / page * page;
        long end = ((long)start + length) / page * page;
        if (first < end) _ = Advise((nint)first, (nuint)(end - first), DontNeed);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint address, nuint length, int advice);
}
