using Trireme.Contracts.Storage;

namespace Trireme.Hosting.Listening;

/// <summary>The system's limit of open files for this process.</summary>
internal static class OpenFileLimit
{
    /// <summary>One entry for every file this process has open.</summary>
    public const string Folder = "/proc/self/fd";

    private const string Label = "Max open files";

    /// <summary>
    /// The soft limit, which the .NET runtime raises to the hard one when it starts.
    /// </summary>
    public static long Current() => ProcessLimits.Soft(Label);
}
