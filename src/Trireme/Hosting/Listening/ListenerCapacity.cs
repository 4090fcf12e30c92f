using Trireme.Settings;

namespace Trireme.Hosting.Listening;

/// <summary>
/// How many connections the listeners may have under the process' limit of open files. What the control plane needs is set aside first:
/// the store, logs, watches, probes and scrapes go on however many clients connect.
/// </summary>
internal sealed record ListenerCapacity
{
    /// <summary>Below this the platform does not start: what it opens at rest is near two hundred files, libraries and sockets.</summary>
    public const int Least = 512;

    private const int LeastReserve = 320;
    private const int MostReserve = 8192;

    public required int Gateway { get; init; }

    public required int ApiServer { get; init; }

    public required int Dashboard { get; init; }

    /// <summary>What a person should know of it; null where every listener has what its settings say.</summary>
    public string? Warning { get; init; }

    /// <param name="limit">Files this process may have open.</param>
    /// <param name="settings">What the listeners should have.</param>
    /// <exception cref="CommandException">The limit is too low for any platform.</exception>
    public static ListenerCapacity Of(long limit, PlatformSettings settings)
    {
        if (limit < Least)
        {
            throw new CommandException(
                $"this process may open {limit} files, and a platform needs {Least} and more; raise the limit with \"ulimit -n 65536\", "
                + "or LimitNOFILE= in a systemd unit",
                ExitCode.Failure);
        }

        // Each replica takes a handful for probes, scrapes and its output; a quarter of the limit is enough for hundreds.
        long spare = limit - Math.Clamp(limit / 4, LeastReserve, MostReserve);
        int gateway = settings.Gateway.Listener.MaxConnections;
        int api = settings.ApiServer.Listener.MaxConnections;
        int dashboard = settings.Dashboard.Listener.MaxConnections;

        // A request to the gateway takes a second descriptor, for the replica that answers it.
        if ((2L * gateway) + api + dashboard <= spare) return new() { Gateway = gateway, ApiServer = api, Dashboard = dashboard };

        var capacity = new ListenerCapacity
        {
            Gateway = (int)Math.Min(gateway, spare * 6 / 10 / 2),
            ApiServer = (int)Math.Min(api, spare * 3 / 10),
            Dashboard = (int)Math.Min(dashboard, spare / 10),
        };
        return capacity with
        {
            Warning = $"The limit of {limit} open files allows {capacity.Gateway} connections to the gateway, {capacity.ApiServer} to "
                + $"the API server and {capacity.Dashboard} to the dashboard, less than the settings say ({gateway}, {api}, {dashboard}). "
                + "Raise it with \"ulimit -n\", or LimitNOFILE= in a systemd unit.",
        };
    }
}
