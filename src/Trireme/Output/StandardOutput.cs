using System.Runtime.InteropServices;

namespace Trireme.Output;

/// <summary>
/// Whether anybody still reads what is printed. The runtime ignores the signal and the error by which other programs notice that the
/// reader of their pipe has left, as "head" does after its lines, so that what follows for ever would do so unread.
/// </summary>
internal static class StandardOutput
{
    /// <summary>POLLERR of poll.h: of a pipe's writing end, that its reading end is closed.</summary>
    private const short Error = 0x8;

    private const int Descriptor = 1;

    public static bool IsClosed => OperatingSystem.IsLinux() && IsBroken(Descriptor);

    internal static bool IsBroken(int descriptor)
    {
        var polled = new Polled { Descriptor = descriptor };
        return Poll(ref polled, 1, 0) > 0 && (polled.Returned & Error) != 0;
    }

    // A plain import needs no unsafe code, which only the inference project may contain.
#pragma warning disable SYSLIB1054
    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref Polled polled, nuint count, int milliseconds);
#pragma warning restore SYSLIB1054

    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        public int Descriptor;
        public short Wanted;
        public short Returned;
    }
}
