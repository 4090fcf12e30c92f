using System.Net;
using Microsoft.AspNetCore.Connections;
using Trireme.Contracts.Metrics;

namespace Trireme.Hosting.Listening;

/// <summary>
/// Holds a listener to its number of connections. One more does not keep the newcomer out: the connection that has been idle longest
/// makes room, of the address that holds most. So neither silence nor half a request on thousands of connections keeps out
/// a client that has something to ask, and a request in progress is never given up for a new one.
/// </summary>
internal sealed class ConnectionGate
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, PeerConnections> _peers = [];
    private readonly int _maxConnections;
    private readonly int _maxPerPeer;
    private readonly Counter.Series _closedIdle;
    private readonly Counter.Series _refused;
    private int _open;

    /// <param name="part">The part that listens, as a label.</param>
    /// <param name="maxConnections">Connections open at a time.</param>
    /// <param name="maxPerPeer">Connections of one address open at a time.</param>
    /// <param name="metrics">Where what was closed is counted.</param>
    public ConnectionGate(string part, int maxConnections, int maxPerPeer, MetricRegistry metrics)
    {
        _maxConnections = maxConnections;
        _maxPerPeer = Math.Min(maxPerPeer, maxConnections);
        Counter closed = metrics.Counter(
            "trireme_listener_connections_closed_total",
            "Connections closed because a listener or one of its clients had all it may have.",
            "listener",
            "reason");
        _closedIdle = closed.With(part, "idle");
        _refused = closed.With(part, "refused");
    }

    /// <summary>Connections open now.</summary>
    public int Open
    {
        get
        {
            lock (_lock) return _open;
        }
    }

    /// <summary>Runs a connection to its end if there is room for it, or room can be made.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (Enter(connection) is not { } entered)
        {
            _refused.Add();
            connection.Abort(new ConnectionAbortedException("The listener has all the connections it may have, each with a request."));
            return;
        }

        connection.Features.Set(entered);
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(entered);
        }
    }

    /// <summary>A request on the connection begins: it is not idle until as many have ended.</summary>
    public void BeginRequest(GatedConnection connection)
    {
        lock (_lock)
        {
            if (connection.Requests++ == 0 && connection.IsOpen) connection.Peer.Idle.Remove(connection.Node);
        }
    }

    /// <summary>A request on the connection has ended.</summary>
    public void EndRequest(GatedConnection connection)
    {
        lock (_lock)
        {
            if (--connection.Requests == 0 && connection.IsOpen) connection.Peer.Idle.AddLast(connection.Node);
        }
    }

    private GatedConnection? Enter(ConnectionContext context)
    {
        IPAddress address = context.RemoteEndPoint is IPEndPoint { Address: var remote } ? remote : IPAddress.None;
        GatedConnection? victim = null;
        GatedConnection entered;
        lock (_lock)
        {
            PeerConnections peer = _peers.TryGetValue(address, out PeerConnections? known) ? known : new PeerConnections(address);
            bool crowded = peer.Open >= _maxPerPeer;
            if (crowded || _open >= _maxConnections)
            {
                victim = (crowded ? peer : MostIdle())?.Idle.First?.Value;
                if (victim is null) return null;
                Forget(victim);
            }

            _peers[address] = peer;
            entered = new GatedConnection(context, peer);
            peer.Idle.AddLast(entered.Node);
            peer.Open++;
            _open++;
        }

        if (victim is not null)
        {
            _closedIdle.Add();
            victim.Context.Abort(new ConnectionAbortedException("Idle longest when another connection came and there was no room."));
        }

        return entered;
    }

    private void Leave(GatedConnection connection)
    {
        lock (_lock)
        {
            if (connection.IsOpen) Forget(connection);
        }
    }

    private void Forget(GatedConnection connection)
    {
        PeerConnections peer = connection.Peer;
        connection.IsOpen = false;
        if (connection.Requests == 0) peer.Idle.Remove(connection.Node);
        if (--peer.Open == 0) _peers.Remove(peer.Address);
        _open--;
    }

    /// <summary>The address with the most connections among those with an idle one.</summary>
    private PeerConnections? MostIdle()
    {
        PeerConnections? most = null;
        foreach (PeerConnections peer in _peers.Values)
        {
            if (peer.Idle.Count > 0 && (most is null || peer.Open > most.Open)) most = peer;
        }

        return most;
    }
}
