using Trireme.Settings.Types;

namespace Trireme.Settings.Sections;

/// <summary>The limits each listener has of its own.</summary>
internal static class ListenerSection
{
    private static readonly SizeType HeaderBytes = new(4 << 10, 1 << 20);

    public static IEnumerable<Setting> Settings(SettingsSection<ListenerLimits> listener)
    {
        yield return listener.Key(
            "maxConnections", CommonTypes.Count, limits => limits.MaxConnections,
            (limits, value) => limits with { MaxConnections = value },
            "Connections open at a time; for one more, the one that has been idle longest is closed.");
        yield return listener.Key(
            "maxConnectionsPerPeer", new OptionalType<int>(CommonTypes.Count), limits => limits.MaxConnectionsPerPeer,
            (limits, value) => limits with { MaxConnectionsPerPeer = value },
            "Connections of one address open at a time; for one more, its longest idle one is closed.",
            unset: "three quarters of maxConnections");
        yield return listener.Key(
            "maxHeaderBytes", HeaderBytes, limits => limits.MaxHeaderBytes,
            (limits, value) => limits with { MaxHeaderBytes = (int)value },
            "Bytes of a request's headers together; more are refused with 431.");
        yield return listener.Key(
            "headerTimeout", CommonTypes.Wait, limits => limits.HeaderTimeout, (limits, value) => limits with { HeaderTimeout = value },
            "Longest time for a request's headers to arrive; then the connection is closed.");
        yield return listener.Key(
            "keepAliveTimeout", CommonTypes.Wait, limits => limits.KeepAliveTimeout,
            (limits, value) => limits with { KeepAliveTimeout = value },
            "How long a connection without a request is kept.");
    }

    /// <summary>The limit of bodies, for listeners without one that knows more of the request.</summary>
    public static Setting Body(SettingsSection<ListenerLimits> listener) =>
        listener.Key(
            "maxBodyBytes", CommonTypes.Buffer, limits => limits.MaxBodyBytes, (limits, value) => limits with { MaxBodyBytes = value },
            "Bytes of a request's body; more are refused with 413.");
}
