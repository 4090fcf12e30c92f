using System.Runtime.InteropServices;

namespace Trireme.Contracts.Storage;

/// <summary>The system's limit of a file's size for this process, as "ulimit -f" sets it.</summary>
public static class FileSizeLimit
{
    // The same number on Linux and macOS.
    private const int FileSizeExceeded = 25;
    private const nint Ignored = 1;

    /// <summary>Bytes.</summary>
    public static long Current() => ProcessLimits.Soft("Max file size");

    /// <summary>
    /// Has a write past the limit fail, as one to a full disk does. Else the system ends the process by SIGXFSZ, without a word.
    /// </summary>
    public static void FailInsteadOfEnding()
    {
        if (!OperatingSystem.IsWindows()) _ = Handle(FileSizeExceeded, Ignored);
    }

    // A plain import needs no unsafe code, which only the inference project may contain.
#pragma warning disable SYSLIB1054
    [DllImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Handle(int signal, nint handler);
#pragma warning restore SYSLIB1054
}
