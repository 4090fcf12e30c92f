using System.Runtime.InteropServices;

namespace Trireme.Hosting;

/// <summary>Makes what this process and those it starts write readable for their user alone, whoever writes it and however.</summary>
internal static class OwnerOnlyFiles
{
    /// <summary>Octal 077: nothing for the group, nothing for others.</summary>
    private const uint Mask = 0x3F;

    public static void Apply()
    {
        if (!OperatingSystem.IsWindows()) _ = SetMask(Mask);
    }

    // A plain import needs no unsafe code, which only the inference project may contain.
#pragma warning disable SYSLIB1054
    [DllImport("libc", EntryPoint = "umask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint SetMask(uint mask);
#pragma warning restore SYSLIB1054
}
