using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Trireme.Contracts.Storage;

/// <summary>
/// Opens files where something else may stand: in a model folder, which a stranger may have filled, and where the platform keeps its own.
/// Opening a pipe waits for a writer that may never come, and a device never ends: both are refused before a byte is read.
/// </summary>
public static class RegularFile
{
    // <fcntl.h> of Linux, the same on x86-64 and Arm64.
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    // <errno.h> of Linux, the same on both.
    private const int NotPermitted = 1;
    private const int NoSuchFile = 2;
    private const int NoSuchDevice = 6;
    private const int AccessDenied = 13;
    private const int NotAFolder = 20;
    private const int LinkLoop = 40;

    /// <summary>Where the system shows what this process has open already.</summary>
    private static readonly string[] OwnDescriptors = ["/dev/fd/", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/proc/self/fd/"];

    /// <exception cref="IrregularFileException">It is a pipe, a device, a socket or a folder.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
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
                NotAFolder or LinkLoop => new IrregularFileException(Obstacle(path)),
                NoSuchDevice when FileStatus.Of(path) is { } status => NotRegular(path, FileStatus.KindOf(status)),
                NotPermitted or AccessDenied => new UnauthorizedAccessException(problem),
                _ => new IOException(problem, error),
            };
            throw failure;
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        FileKind kind = FileStatus.Of(handle) is { } opened ? FileStatus.KindOf(opened) : FileKind.Device;
        if (kind == FileKind.Regular) return new FileStream(handle, FileAccess.Read, bufferBytes);
        handle.Dispose();
        throw NotRegular(path, kind);
    }

    /// <summary>Opens a file that a person names: also a pipe that their shell has opened for this process, as by &lt;(command).</summary>
    /// <exception cref="IrregularFileException">The same.</exception>
    /// <exception cref="IOException">The same.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static FileStream OpenGiven(string path, int bufferBytes) => IsOwnDescriptor(path)
        ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferBytes)
        : OpenRead(path, bufferBytes);

    /// <summary>Before a file is opened by what would wait at a pipe, or takes what it cannot open for something else.</summary>
    /// <exception cref="IrregularFileException">Something else stands there; the message says what, and what to do.</exception>
    public static void ThrowIfOther(string path)
    {
        if (FindOther(path) is { } problem) throw new IrregularFileException(problem);
    }

    /// <summary>The same where a folder is wanted; nothing there is no fault.</summary>
    /// <exception cref="IrregularFileException">Something else stands there or on the way there.</exception>
    public static void ThrowIfNoFolder(string path)
    {
        if (FileStatus.Of(path) is { } status)
        {
            if (FileStatus.KindOf(status) is not FileKind.Folder and var kind) throw new IrregularFileException(NoFolder(path, kind));
        }
        else if (Marshal.GetLastPInvokeError() is NotAFolder or LinkLoop)
        {
            throw new IrregularFileException(Obstacle(path));
        }
    }

    /// <summary>What stands there or on the way there instead of a file, as a sentence; null for a file and for nothing.</summary>
    public static string? FindOther(string path)
    {
        if (FileStatus.Of(path) is not { } status)
        {
            return Marshal.GetLastPInvokeError() is NotAFolder or LinkLoop ? Obstacle(path) : null;
        }

        return FileStatus.KindOf(status) is not FileKind.Regular and var kind ? Problem(path, kind) : null;
    }

    /// <summary>
    /// Before a file that gets its name at the end, by a rename, is begun: the rename would put it in the place of a device or a pipe,
    /// and of the system's own link to what this process has open.
    /// </summary>
    /// <exception cref="IrregularFileException">Something else than a file has the name; nothing was written.</exception>
    public static void ThrowIfIrreplaceable(string path)
    {
        if (IsOwnDescriptor(path))
        {
            throw new IrregularFileException($"{path} is what this process has open and cannot be replaced; name a file.");
        }

        ThrowIfOther(path);
    }

    private static bool IsOwnDescriptor(string path) => OwnDescriptors.Any(own => path.StartsWith(own, StringComparison.Ordinal));

    private static IrregularFileException NotRegular(string path, FileKind kind) => new(Problem(path, kind));

    /// <summary>What stands in a device folder belongs there.</summary>
    private static string Problem(string path, FileKind kind) => path.StartsWith("/dev/", StringComparison.Ordinal)
        ? $"{path} is {Noun(kind)} and not a file; name a file instead."
        : $"{path} is {Noun(kind)} and not a file; move it away, and put the file in its place where there was one.";

    /// <summary>The first part of a path that leads nowhere: a link that goes astray, or what is no folder and should be one.</summary>
    private static string Obstacle(string path)
    {
        string full = Path.GetFullPath(path);
        int end = 0;
        do
        {
            end = full.IndexOf('/', end + 1);
            string part = end < 0 ? full : full[..end];
            if (FileStatus.Of(part) is not { } status) return Astray(part, Marshal.GetLastPInvokeError());
            if (FileStatus.KindOf(status) is not FileKind.Folder and var kind) return NoFolder(part, kind);
        }
        while (end > 0);
        return $"{full} changed while it was looked at.";
    }

    private static string Astray(string link, int error) =>
        $"{link} is a link that leads {(error == LinkLoop ? "back to itself" : "through what is no folder")}; remove it, and put what is "
        + "wanted in its place.";

    private static string NoFolder(string path, FileKind kind) =>
        $"{path} is {Noun(kind)} and not a folder; move it away, or name another folder.";

    private static string Noun(FileKind kind) => kind switch
    {
        FileKind.Regular => "a file",
        FileKind.Folder => "a folder",
        FileKind.Pipe => "a pipe (FIFO)",
        FileKind.Socket => "a socket",
        _ => "a device",
    };

    // A plain import needs no unsafe code, which only the inference project may contain.
#pragma warning disable SYSLIB1054
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
#pragma warning restore SYSLIB1054
}
