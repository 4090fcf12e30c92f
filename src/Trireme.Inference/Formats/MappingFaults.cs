using System.Runtime.InteropServices;

namespace Trireme.Inference.Formats;

/// <summary>
/// What becomes of a process that reads a mapped file beyond its new end. The kernel sends it SIGBUS, which the runtime reports as an
/// access violation and a dump of every thread. No code of ours can mend the read, and none but a system call may run there: so the
/// handler is the C library's _exit itself, whose argument is then the number of the signal, 7.
/// </summary>
public static partial class MappingFaults
{
    private const int BusError = 7;

    /// <summary>Ends this process with exit code 7 from now on when a mapped file is cut short under it. Linux.</summary>
    public static void EndProcess()
    {
        if (!OperatingSystem.IsLinux()) return;
        nint exit = NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "_exit");
        _ = Signal(BusError, exit);
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Signal(int number, nint handler);
}
