using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Trireme.Contracts.Storage;

/// <summary>
/// Opens files that a stranger may have put into a model folder. Opening a pipe waits for a writer that may never come, and a device
/// never ends: both are refused before a byte is read.
/// </summary>
public static class RegularFile
{
    // <fcntl.h> of Linux, the same on x86-64 and Arm64.
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    // <errno.h> of Linux, the same on both.
    private const int NotPermitted = 1;
    private const int NoSuchFile = 2;
    private const int AccessDenied = 13;

    /// <exception cref="IOException">The file cannot be opened, or is a pipe, a device, a socket or a folder.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static FileStream OpenRead(string path, int bufferBytes)
    {
        if (!OperatingSystem.IsLinux()) return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferBytes);
        int descriptor = Open(path, NonBlocking | CloseOnExec);
        if (descriptor < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            string problem = $"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}.";
            Exception failure = error switch
            {
                NoSuchFile => new FileNotFoundException(problem, path),
                NotPermitted or AccessDenied => new UnauthorizedAccessException(problem),
                _ => new IOException(problem, error),
            };
            throw failure;
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (FileStamp.IsRegular(handle)) return new FileStream(handle, FileAccess.Read, bufferBytes);
        handle.Dispose();
        throw new IOException($"{path} is not a regular file but a pipe, a device or the like.");
    }

    // A plain import needs no unsafe code, which only the inference project may contain.
#pragma warning disable SYSLIB1054
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
#pragma warning restore SYSLIB1054
}
