using System.Net;
using Microsoft.AspNetCore.Connections;
using Trireme.Contracts.Metrics;

namespace Trireme.Listening;

/// <summary>
/// Holds a listener to its number of connections. One more does not keep the newcomer out: the connection that has been idle longest
/// makes room, of the address that holds most. So neither silence nor half a request on thousands of connections keeps out
/// a client that has something to ask, and a request in progress is never given up for a new one. Nor is one that came just now, whose
/// client has had no time to ask: whoever comes meanwhile waits for as long, and all behind it in the system's queue.
/// </summary>
public sealed class ConnectionGate
{
    /// <summary>
    /// How long a connection that has not asked yet does not make room. On a busy machine a client's first bytes may come a tenth of a
    /// second after its connection.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The grace is no longer than this for each connection that there may be, so that a flood of an address that has all it may have
    /// holds up others by no more: a hundred connections a second are accepted at least, and the system's queue of 512 is through in about
    /// five seconds. Less would refuse, under a low limit of open files, clients who only had to wait.
    /// </summary>
    private static readonly TimeSpan GracePerConnection = TimeSpan.FromMilliseconds(10);

    /// <summary>Room may be made by others in the meantime.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, PeerConnections> _peers = [];
    private readonly Func<int> _capacity;
    private readonly int? _maxPerPeer;
    private readonly IDescriptorLedger? _ledger;
    private readonly TimeProvider _time;
    private readonly Counter.Series _closedIdle;
    private readonly Counter.Series _refused;
    private int _open;

    /// <param name="part">The part that listens, as a label.</param>
    /// <param name="capacity">Connections it may have open at this moment.</param>
    /// <param name="maxPerPeer">Connections of one address; three quarters of all where nothing is said.</param>
    /// <param name="metrics">Where what was closed is counted.</param>
    /// <param name="time">Measures how long a connection has been there.</param>
    /// <param name="ledger">Told of every connection.</param>
    public ConnectionGate(
        string part,
        Func<int> capacity,
        int? maxPerPeer,
        MetricRegistry metrics,
        TimeProvider time,
        IDescriptorLedger? ledger = null)
    {
        _time = time;
        _capacity = capacity;
        _maxPerPeer = maxPerPeer;
        _ledger = ledger;
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

    /// <summary>
    /// Lets a connection in once there is room for it, or room can be made; null refuses it. It waits where only such could make room as
    /// came just now.
    /// </summary>
    public async ValueTask<GatedConnection?> EnterAsync(ConnectionContext connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            GatedConnection? entered = Enter(connection, out TimeSpan wait);
            if (wait == TimeSpan.Zero) return entered;
            await Task.Delay(wait < LookAgain ? wait : LookAgain, _time, cancellationToken);
        }
    }

    /// <summary>As <see cref="EnterAsync"/> without waiting.</summary>
    /// <param name="connection">The newcomer.</param>
    /// <param name="wait">How long until there is one that may make room; zero where it was let in or is refused.</param>
    internal GatedConnection? Enter(ConnectionContext connection, out TimeSpan wait)
    {
        IPAddress address = connection.RemoteEndPoint is IPEndPoint { Address: var remote } ? remote : IPAddress.None;
        int capacity = _capacity();

        // More than one may have to go: the capacity shrinks when descriptors run short.
        while (true)
        {
            (GatedConnection? entered, GatedConnection? victim, wait) = EnterOrPick(connection, address, capacity);
            if (wait > TimeSpan.Zero) return null;
            if (victim is null)
            {
                if (entered is null) _refused.Add();
                else _ledger?.Opened();
                return entered;
            }

            _closedIdle.Add();
            victim.Abort(new ConnectionAbortedException("Idle longest when another connection came and there was no room."));
            _ledger?.Closed();
        }
    }

    /// <summary>The connection's descriptor is closed.</summary>
    public void Leave(GatedConnection connection)
    {
        lock (_lock)
        {
            if (!connection.IsOpen) return;
            Forget(connection);
        }

        _ledger?.Closed();
    }

    /// <summary>A request on the connection begins: it is not idle until as many have ended.</summary>
    public void BeginRequest(GatedConnection connection)
    {
        lock (_lock)
        {
            connection.HasAsked = true;
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

    /// <summary>
    /// Lets it in, or takes out the one that makes room, or says how long it is until one may; none of these where every connection has a
    /// request.
    /// </summary>
    private (GatedConnection? Entered, GatedConnection? Victim, TimeSpan Wait) EnterOrPick(
        ConnectionContext connection, IPAddress address, int capacity)
    {
        int perPeer = Math.Min(_maxPerPeer ?? Math.Max(1, (int)(capacity * 0.75)), capacity);
        lock (_lock)
        {
            PeerConnections peer = _peers.TryGetValue(address, out PeerConnections? known) ? known : new PeerConnections(address);
            bool crowded = peer.Open >= perPeer;
            if (!crowded && _open < capacity) return (Add(connection, peer), null, TimeSpan.Zero);
            GatedConnection? victim = (crowded ? peer : MostIdle())?.Idle.First?.Value;
            if (victim is null) return (null, null, TimeSpan.Zero);

            // A bound that has shrunk below what is open holds at once.
            bool isOver = _open > capacity || peer.Open > perPeer;
            if (!isOver && GraceLeft(victim, crowded ? perPeer : capacity) is var left && left > TimeSpan.Zero) return (null, null, left);
            Forget(victim);
            return (null, victim, TimeSpan.Zero);
        }
    }

    /// <param name="connection">An idle one.</param>
    /// <param name="most">Connections that there may be, all or of its address.</param>
    private TimeSpan GraceLeft(GatedConnection connection, int most)
    {
        if (connection.HasAsked) return TimeSpan.Zero;
        TimeSpan grace = GracePerConnection * most;
        return (grace < Grace ? grace : Grace) - _time.GetElapsedTime(connection.EnteredAt);
    }

    private GatedConnection Add(ConnectionContext connection, PeerConnections peer)
    {
        _peers[peer.Address] = peer;
        var entered = new GatedConnection(this, connection, peer, _time.GetTimestamp());
        peer.Idle.AddLast(entered.Node);
        peer.Open++;
        _open++;
        return entered;
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
