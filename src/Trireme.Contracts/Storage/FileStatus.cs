using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Trireme.Contracts.Storage;

/// <summary>What the kernel tells of a file by <c>statx</c>, whose answer has one layout on every processor.</summary>
internal static class FileStatus
{
    // <linux/fcntl.h> and <linux/stat.h>.
    private const int WorkingFolder = -100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7FF;
    private const int StatxBytes = 256;
    private const int ModeOffset = 28;
    private const int TypeBits = 0xF000;

    /// <summary>Null where the system does not tell.</summary>
    public static byte[]? Of(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) return null;
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            return Ask((int)file.DangerousGetHandle(), "", EmptyPath);
        }
        finally
        {
            if (held) file.DangerousRelease();
        }
    }

    /// <summary>The same of what a path leads to.</summary>
    public static byte[]? Of(string path) => OperatingSystem.IsLinux() ? Ask(WorkingFolder, path, flags: 0) : null;

    public static FileKind KindOf(byte[] status) => (BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(ModeOffset)) & TypeBits) switch
    {
        0x8000 => FileKind.Regular,
        0x4000 => FileKind.Folder,
        0x1000 => FileKind.Pipe,
        0xC000 => FileKind.Socket,
        _ => FileKind.Device,
    };

    private static byte[]? Ask(int descriptor, string path, int flags)
    {
        byte[] status = new byte[StatxBytes];
        return Statx(descriptor, path, flags, BasicStats, status) == 0 ? status : null;
    }

    // A plain import needs no unsafe code, which only the inference project may contain.
#pragma warning disable SYSLIB1054
    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(
        int descriptor, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] status);
#pragma warning restore SYSLIB1054
}
