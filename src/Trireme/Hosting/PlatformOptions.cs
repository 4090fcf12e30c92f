using Trireme.Settings;
using Trireme.Settings.Types;

namespace Trireme.Hosting;

/// <summary>How the platform runs on this machine.</summary>
internal sealed record PlatformOptions
{
    public required PlatformSettings Settings { get; init; }

    /// <summary>Folder of the program's samples; null where it runs without them.</summary>
    public string? Samples { get; init; }

    public DataFolderLayout Data => new(PathType.Full(Settings.DataDir, Environment.CurrentDirectory));
}
