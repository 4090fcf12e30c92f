namespace Trireme.Settings;

/// <summary>What one listener takes from its clients. The defaults of the times and of the headers' size are Kestrel's own.</summary>
internal sealed record ListenerLimits
{
    /// <summary>Connections open at a time; for one more, the one that has been idle longest is closed.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Connections of one address open at a time; null lets it have three quarters of them.</summary>
    public int? MaxConnectionsPerPeer { get; init; }

    /// <summary>Bytes of a request's line and headers together.</summary>
    public int MaxHeaderBytes { get; init; } = 32 << 10;

    /// <summary>Bytes of a request's body.</summary>
    public long MaxBodyBytes { get; init; } = 16 << 20;

    /// <summary>Longest time for a request's headers to arrive.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection without a request is kept.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(130);
}
