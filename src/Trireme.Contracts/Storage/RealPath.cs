using System.Runtime.InteropServices;
using System.Text;

namespace Trireme.Contracts.Storage;

/// <summary>Where a path leads once every link in it is followed, those of its parents included.</summary>
public static class RealPath
{
    // PATH_MAX of Linux, more than that of other systems.
    private const int BytesMax = 4096;

    /// <summary>Null if nothing is there, links run in a circle, or this user may not look.</summary>
    public static string? Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (OperatingSystem.IsWindows()) return Path.Exists(path) ? Path.GetFullPath(path) : null;
        byte[] real = new byte[BytesMax];
        if (Resolve(path, real) == 0) return null;
        return Encoding.UTF8.GetString(real, 0, Array.IndexOf(real, (byte)0));
    }

    // A plain import needs no unsafe code, which only the inference project may contain.
#pragma warning disable SYSLIB1054
    [DllImport("libc", EntryPoint = "realpath")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Resolve([MarshalAs(UnmanagedType.LPUTF8Str)] string path, [Out] byte[] real);
#pragma warning restore SYSLIB1054
}
