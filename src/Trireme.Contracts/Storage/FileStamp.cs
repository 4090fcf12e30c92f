using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Trireme.Contracts.Storage;

/// <summary>
/// What tells an open file from others and from itself before a change. Who may write a file can set its modification time back, but not
/// its change time (ctime), which the kernel sets at every write, and at every change of names, rights and times too.
/// </summary>
/// <param name="Device">Of the file system.</param>
/// <param name="Inode">Number of the file there.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">Nanoseconds since 1970.</param>
/// <param name="Changed">The same of the change time.</param>
public readonly record struct FileStamp(ulong Device, ulong Inode, long Size, long Modified, long Changed)
{
    // Places in the answer of statx.
    private const int InodeOffset = 32;
    private const int SizeOffset = 40;
    private const int ChangedOffset = 96;
    private const int ModifiedOffset = 112;
    private const int DeviceOffset = 136;

    /// <summary>The kernel takes its times from a clock that ticks, and some file systems keep whole seconds.</summary>
    private static readonly TimeSpan Granularity = TimeSpan.FromSeconds(2);

    /// <summary>Null where the system does not tell.</summary>
    public static FileStamp? Of(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (FileStatus.Of(file) is not { } status) return null;
        ulong device = ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(DeviceOffset)) << 32)
            | BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(DeviceOffset + sizeof(uint)));
        return new FileStamp(
            device,
            BinaryPrimitives.ReadUInt64LittleEndian(status.AsSpan(InodeOffset)),
            BinaryPrimitives.ReadInt64LittleEndian(status.AsSpan(SizeOffset)),
            Time(status, ModifiedOffset),
            Time(status, ChangedOffset));
    }

    /// <summary>
    /// True if a further change would show: two within a tick of the kernel's clock look like one, so that what was read in the tick of
    /// the last change must not be remembered under its time.
    /// </summary>
    /// <param name="now">The time of day.</param>
    public bool IsSettled(DateTimeOffset now) => Changed < (now - Granularity).ToUnixTimeMilliseconds() * 1_000_000;

    private static long Time(byte[] status, int offset) =>
        (BinaryPrimitives.ReadInt64LittleEndian(status.AsSpan(offset)) * 1_000_000_000)
        + BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(offset + sizeof(long)));
}
