using System.Runtime.InteropServices;

namespace Trireme.Inference.Models;

/// <summary>Tells the system how pages are used. Only advice: a failure changes nothing.</summary>
internal static unsafe partial class PageAdvice
{
    private const int DontNeed = 4;
    private const int HugePage = 14;

    /// <summary>
    /// Takes whole pages of a range of a mapped file, which were read once, out of the process, where they would count as its memory
    /// beside the converted weights. They stay in the system's cache and come back when they are read.
    /// </summary>
    public static void Release(byte* start, long length)
    {
        long page = Environment.SystemPageSize;
        long first = ((long)start + page - 1) / page * page;
        long end = ((long)start + length) / page * page;
        if (first < end) _ = Advise((nint)first, (nuint)(end - first), DontNeed);
    }

    /// <summary>Asks for large pages under memory that begins at one and has not been touched.</summary>
    public static void PreferLarge(byte* start, long length) => _ = Advise((nint)start, (nuint)length, HugePage);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint address, nuint length, int advice);
}
