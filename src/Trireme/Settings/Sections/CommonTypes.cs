using Trireme.Settings.Types;

namespace Trireme.Settings.Sections;

/// <summary>The types that most settings share.</summary>
internal static class CommonTypes
{
    public static WholeNumberType Port { get; } = new(0, 65535, "8080", "PORT");

    public static WholeNumberType Count { get; } = new(1, int.MaxValue, "1000");

    /// <summary>A wait or a pause.</summary>
    public static DurationType Wait { get; } = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(24));

    /// <summary>How long something is kept.</summary>
    public static DurationType Retention { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(3650));

    /// <summary>Bytes of one buffer.</summary>
    public static SizeType Buffer { get; } = new(1 << 10, 1 << 30);

    public static SizeType Storage { get; } = new(1 << 20, 1L << 44);

    public static SwitchType Switch { get; } = new();

    public static ChoiceType<LogLevel> LogLevel { get; } = new(
        ("trace", Microsoft.Extensions.Logging.LogLevel.Trace),
        ("debug", Microsoft.Extensions.Logging.LogLevel.Debug),
        ("information", Microsoft.Extensions.Logging.LogLevel.Information),
        ("warning", Microsoft.Extensions.Logging.LogLevel.Warning),
        ("error", Microsoft.Extensions.Logging.LogLevel.Error));

    public static ChoiceType<LogFormat> LogFormat { get; } =
        new(("text", Trireme.Settings.LogFormat.Text), ("json", Trireme.Settings.LogFormat.Json));

    public static PathType File { get; } = new("a file", "/etc/trireme/tls.pem");

    public static PathType Folder { get; } = new("a folder", "/var/lib/trireme");
}
