using Trireme.Settings;

namespace Trireme.Hosting.Listening;

/// <summary>
/// How many connections each listener may have under the process' limit of open files. What the control plane needs is set aside first:
/// the store, logs, watches, probes and scrapes go on however many clients connect.
/// </summary>
internal sealed record ListenerCapacity
{
    /// <summary>Below this the platform does not start.</summary>
    public const int LeastLimit = 512;

    /// <summary>
    /// What a platform with the sample opens before a client comes, measured with 2 replicas: 290 for its assemblies, which the runtime
    /// keeps open twice, the rest for the store, logs and sockets.
    /// </summary>
    public const int OpenAtRest = 340;

    /// <summary>So few connections are let in even where nothing is spare, so that a person can still ask what is wrong.</summary>
    private const int LeastConnections = 4;

    private const int LeastMargin = 96;
    private const int MostMargin = 2048;

    public required int Gateway { get; init; }

    public required int ApiServer { get; init; }

    public required int Dashboard { get; init; }

    /// <summary>What a person should know of it; null where every listener has what its settings say.</summary>
    public string? Warning { get; init; }

    /// <param name="limit">Files this process may have open.</param>
    /// <param name="others">Files open for other things than the listeners' connections.</param>
    /// <param name="settings">What the listeners should have.</param>
    public static ListenerCapacity Of(long limit, long others, PlatformSettings settings)
    {
        // The margin is for what opens between two counts: probes, scrapes, a new replica's pipes, an assembly loaded late.
        long spare = Math.Max(0, limit - others - Math.Clamp(limit / 8, LeastMargin, MostMargin));
        int gateway = settings.Gateway.Listener.MaxConnections;
        int api = settings.ApiServer.Listener.MaxConnections;
        int dashboard = settings.Dashboard.Listener.MaxConnections;

        // A request to the gateway takes a second descriptor, for the replica that answers it.
        if ((2L * gateway) + api + dashboard <= spare) return new() { Gateway = gateway, ApiServer = api, Dashboard = dashboard };

        // A process without an API server leaves its part to the gateway.
        long forGateway = spare * (api == 0 ? 9 : 6) / 10 / 2;
        var capacity = new ListenerCapacity
        {
            Gateway = Share(gateway, forGateway),
            ApiServer = Share(api, spare * 3 / 10),
            Dashboard = Share(dashboard, spare / 10),
        };
        return capacity with
        {
            Warning = $"{limit} open files are too few for all connections (the gateway gets {capacity.Gateway}): raise the limit with "
                + "\"ulimit -n 65536\", or LimitNOFILE= in a systemd unit.",
        };
    }

    /// <summary>Why a platform does not start under a limit.</summary>
    public static CommandException TooLow(long limit) => new(
        $"this process may open {limit} files, and a platform needs {LeastLimit} and more; raise the limit with \"ulimit -n 65536\", "
        + "or LimitNOFILE= in a systemd unit",
        ExitCode.Failure);

    private static int Share(int wanted, long spare) => (int)Math.Min(wanted, Math.Max(spare, LeastConnections));
}
