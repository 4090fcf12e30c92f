using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;

namespace Trireme.Listening.Tests;

public sealed class ConnectionGateTests
{
    [Fact]
    public void The_connection_idle_longest_makes_room()
    {
        var gate = new Gate(max: 3, perPeer: 3);
        Peer first = gate.Connect("10.0.0.1");
        Peer second = gate.Connect("10.0.0.1");
        gate.Connect("10.0.0.1");

        // A request that ended makes the first the youngest of the idle ones.
        gate.Begin(first);
        gate.End(first);
        Peer fourth = gate.Connect("10.0.0.1");
        Assert.Equal((false, true, false), (first.IsClosed, second.IsClosed, fourth.IsClosed));
        Assert.Equal(3, gate.Value.Open);
    }

    [Fact]
    public void The_address_with_most_connections_gives_way_first()
    {
        var gate = new Gate(max: 4, perPeer: 4);
        Peer lone = gate.Connect("10.0.0.1");
        Peer[] many = [gate.Connect("10.0.0.2"), gate.Connect("10.0.0.2"), gate.Connect("10.0.0.2")];
        gate.Connect("10.0.0.3");
        Assert.False(lone.IsClosed);
        Assert.True(many[0].IsClosed);
    }

    [Fact]
    public void An_address_keeps_to_its_share_while_there_is_room_for_others()
    {
        var gate = new Gate(max: 10, perPeer: 2);
        Peer first = gate.Connect("10.0.0.1");
        gate.Connect("10.0.0.1");
        gate.Connect("10.0.0.1");
        Assert.True(first.IsClosed);
        Assert.Equal(2, gate.Value.Open);
    }

    [Fact]
    public void Requests_in_progress_are_never_given_up()
    {
        var gate = new Gate(max: 2, perPeer: 2);
        Peer[] busy = [gate.Connect("10.0.0.1"), gate.Connect("10.0.0.1")];
        foreach (Peer peer in busy) gate.Begin(peer);
        Assert.True(gate.Connect("10.0.0.1").IsClosed);
        Assert.DoesNotContain(busy, peer => peer.IsClosed);

        // A second request of one connection keeps it busy when the first has ended.
        gate.Begin(busy[0]);
        gate.End(busy[0]);
        Assert.True(gate.Connect("10.0.0.1").IsClosed);
        gate.End(busy[0]);
        Assert.False(gate.Connect("10.0.0.1").IsClosed);
        Assert.True(busy[0].IsClosed);
    }

    [Fact]
    public void A_smaller_capacity_closes_idle_ones_until_they_fit()
    {
        var gate = new Gate(max: 6, perPeer: 6);
        Peer[] peers = [.. Enumerable.Range(0, 6).Select(_ => gate.Connect("10.0.0.1"))];
        gate.Begin(peers[0]);
        gate.Max = 3;
        Peer late = gate.Connect("10.0.0.2");
        Assert.False(late.IsClosed);
        Assert.False(peers[0].IsClosed);
        Assert.Equal(4, peers.Count(peer => peer.IsClosed));
        Assert.Equal(3, gate.Value.Open);
    }

    /// <summary>As under a flood from a client's own address: its connection has come, and its first bytes have not.</summary>
    [Fact]
    public void A_connection_that_came_just_now_does_not_make_room()
    {
        var gate = new Gate(max: 400, perPeer: 300);
        Peer[] peers = [.. Enumerable.Range(0, 300).Select(_ => gate.Connect("10.0.0.1", after: TimeSpan.Zero))];
        Peer next = gate.Connect("10.0.0.1", after: TimeSpan.FromMilliseconds(100));
        Assert.Equal((TimeSpan.FromMilliseconds(150), true), (next.Wait, next.IsClosed));
        Assert.DoesNotContain(peers, peer => peer.IsClosed);

        // Others are let in meanwhile, and the first to have had its time makes room.
        Assert.False(gate.Connect("10.0.0.2", after: TimeSpan.Zero).IsClosed);
        next = gate.Connect("10.0.0.1", after: TimeSpan.FromMilliseconds(150));
        Assert.Equal((TimeSpan.Zero, false), (next.Wait, next.IsClosed));
        Assert.Equal([peers[0]], peers.Where(peer => peer.IsClosed));
    }

    [Fact]
    public void A_connection_that_has_asked_makes_room_at_once()
    {
        var gate = new Gate(max: 300, perPeer: 300);
        Peer first = gate.Connect("10.0.0.1", after: TimeSpan.Zero);
        gate.Begin(first);
        gate.End(first);
        for (int i = 1; i < 300; i++) gate.Connect("10.0.0.1", after: TimeSpan.Zero);
        Assert.False(gate.Connect("10.0.0.1", after: TimeSpan.Zero).IsClosed);
        Assert.True(first.IsClosed);
    }

    /// <summary>Else a flood of an address that may have few would hold up all others behind it.</summary>
    [Fact]
    public void The_fewer_there_may_be_the_shorter_is_their_time()
    {
        var gate = new Gate(max: 100, perPeer: 4);
        for (int i = 0; i < 4; i++) gate.Connect("10.0.0.1", after: TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromMilliseconds(40), gate.Connect("10.0.0.1", after: TimeSpan.Zero).Wait);
        Assert.False(gate.Connect("10.0.0.1", after: TimeSpan.FromMilliseconds(40)).IsClosed);
    }

    [Fact]
    public void A_bound_that_shrinks_holds_at_once_for_those_that_came_just_now_too()
    {
        var gate = new Gate(max: 300, perPeer: 300);
        Peer[] peers = [.. Enumerable.Range(0, 300).Select(_ => gate.Connect("10.0.0.1", after: TimeSpan.Zero))];
        gate.Max = 200;
        gate.Connect("10.0.0.2", after: TimeSpan.Zero);
        Assert.Equal((100, 200), (peers.Count(peer => peer.IsClosed), gate.Value.Open));
    }

    [Fact]
    public void Any_order_of_events_leaves_the_count_right()
    {
        var random = new Random(20_261_129);
        var gate = new Gate(max: 8, perPeer: 5);
        var peers = new List<Peer>();
        for (int i = 0; i < 20_000; i++)
        {
            int action = random.Next(4);
            if (action == 0 || peers.Count == 0) peers.Add(gate.Connect($"10.0.0.{random.Next(3)}"));
            else
            {
                Peer peer = peers[random.Next(peers.Count)];
                if (action == 1) gate.Begin(peer);
                else if (action == 2 && peer.Running > 0) gate.End(peer);
                else if (action == 3) gate.Leave(peer);
            }

            peers.RemoveAll(peer => peer.HasLeft && peer.Running == 0);
            Assert.Equal(peers.Count(peer => !peer.IsClosed && !peer.HasLeft), gate.Value.Open);
            Assert.InRange(gate.Value.Open, 0, 8);
        }
    }

    /// <summary>A gate with connections that live until they leave or are closed.</summary>
    private sealed class Gate
    {
        private readonly FakeTimeProvider _time = new();

        public Gate(int max, int perPeer)
        {
            Max = max;
            Value = new ConnectionGate("gateway", () => Max, perPeer, new MetricRegistry(), _time);
        }

        public int Max { get; set; }

        public ConnectionGate Value { get; }

        /// <param name="address">Where it comes from.</param>
        /// <param name="after">The time that has passed; long enough for all others to have asked where nothing is said.</param>
        public Peer Connect(string address, TimeSpan? after = null)
        {
            _time.Advance(after ?? TimeSpan.FromSeconds(1));
            var peer = new Peer(address);
            peer.Gated = Value.Enter(peer.Context, out TimeSpan wait);
            peer.Wait = wait;
            if (peer.Gated is null) peer.Context.Abort();
            return peer;
        }

        public void Begin(Peer peer)
        {
            if (peer.Gated is null || peer.HasLeft) return;
            Value.BeginRequest(peer.Gated);
            peer.Running++;
        }

        public void End(Peer peer)
        {
            Value.EndRequest(peer.Gated!);
            peer.Running--;
        }

        public void Leave(Peer peer)
        {
            peer.HasLeft = true;
            if (peer.Gated is { } gated) Value.Leave(gated);
        }
    }

    private sealed class Peer
    {
        public Peer(string address)
        {
            Context = new Connection(this) { RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 1) };
        }

        public ConnectionContext Context { get; }

        public GatedConnection? Gated { get; set; }

        public int Running { get; set; }

        public bool HasLeft { get; set; }

        /// <summary>How long it was told to wait.</summary>
        public TimeSpan Wait { get; set; }

        public bool IsClosed { get; private set; }

        private sealed class Connection(Peer peer) : DefaultConnectionContext
        {
            public override void Abort(ConnectionAbortedException abortReason) => peer.IsClosed = true;
        }
    }
}
