using System.Runtime.InteropServices;

namespace Trireme.Contracts.Storage;

/// <summary>A second name of a file, which takes no room and outlives the first one.</summary>
public static class HardLink
{
    /// <summary>False where the two places are on different file systems, or the system does not allow it.</summary>
    public static bool TryCreate(string existing, string name)
    {
        ArgumentNullException.ThrowIfNull(existing);
        ArgumentNullException.ThrowIfNull(name);
        return !OperatingSystem.IsWindows() && Link(existing, name) == 0;
    }

    // A plain import needs no unsafe code, which only the inference project may contain.
#pragma warning disable SYSLIB1054
    [DllImport("libc", EntryPoint = "link")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);
#pragma warning restore SYSLIB1054
}
