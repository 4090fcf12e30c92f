using Trireme.ApiServer.Hosting;
using Trireme.Operator;
using Trireme.Telemetry;

namespace Trireme.Settings;

/// <summary>
/// Everything that can be set about a platform, as one tree. A new one holds the defaults; <see cref="SettingsCatalog"/> says how
/// each value is written and which are allowed.
/// </summary>
internal sealed record PlatformSettings
{
    public static PlatformSettings Default { get; } = new();

    /// <summary>Folder of the platform's state.</summary>
    public string DataDir { get; init; } = "~/.trireme";

    /// <summary>Whether the first start on a data folder applies the sample service.</summary>
    public bool Samples { get; init; } = true;

    /// <summary>Further folders in which relative model paths are looked up.</summary>
    public IReadOnlyList<string> ModelRoots { get; init; } = [];

    /// <summary>Most memory of the platform's own heap; null derives it from the machine's memory.</summary>
    public long? MaxHeapBytes { get; init; }

    public GatewaySettings Gateway { get; init; } = new();

    public ApiServerSettings ApiServer { get; init; } = new();

    public DashboardSettings Dashboard { get; init; } = new();

    public TelemetryOptions Telemetry { get; init; } = new();

    public OperatorSettings Operator { get; init; } = new();

    public ArtifactOptions Artifacts { get; init; } = new();

    public LogSettings Log { get; init; } = new();
}

/// <summary>The embedded API server, which stays on loopback.</summary>
internal sealed record ApiServerSettings
{
    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; } = 8443;

    /// <summary>Names it answers to beside those of loopback; "*" for all.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>As many connections as watches may be open, and some for everything else.</summary>
    public ListenerLimits Listener { get; init; } = new() { MaxConnections = 12_000, MaxBodyBytes = 4 << 20 };

    public ApiServerLimits Limits { get; init; } = new();
}

/// <summary>The dashboard with the query API, which stays on loopback.</summary>
internal sealed record DashboardSettings
{
    /// <summary>The gateway's plus one when null, or any free one when that is 0.</summary>
    public int? Port { get; init; }

    /// <summary>Names it answers to beside those of loopback; "*" for all.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>How long a browser stays signed in.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Browsers signed in at a time; for one more, the oldest is signed out.</summary>
    public int MaxSessions { get; init; } = 64;

    /// <summary>Pages open at a time; each holds its state in the platform's memory.</summary>
    public int MaxCircuits { get; init; } = 200;

    /// <summary>Pages that one browser has open at a time.</summary>
    public int MaxCircuitsPerSession { get; init; } = 50;

    public ListenerLimits Listener { get; init; } = new() { MaxConnections = 1_000, MaxBodyBytes = 1 << 20 };

    /// <summary>The port to listen on beside a gateway on the given one.</summary>
    public int PortBeside(int gatewayPort) => Port ?? (gatewayPort == 0 ? 0 : gatewayPort + 1);
}
