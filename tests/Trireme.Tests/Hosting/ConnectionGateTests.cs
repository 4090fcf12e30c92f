using System.Net;
using Microsoft.AspNetCore.Connections;
using Trireme.Contracts.Metrics;
using Trireme.Hosting.Listening;

namespace Trireme.Tests.Hosting;

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
                else if (action == 3) Gate.Leave(peer);
            }

            peers.RemoveAll(peer => peer.HasLeft && peer.Running == 0);
            Assert.Equal(peers.Count(peer => !peer.IsClosed && !peer.HasLeft), gate.Value.Open);
            Assert.InRange(gate.Value.Open, 0, 8);
        }
    }

    /// <summary>A gate with connections that live until they leave or are closed.</summary>
    private sealed class Gate(int max, int perPeer)
    {
        public ConnectionGate Value { get; } = new("gateway", max, perPeer, new MetricRegistry());

        public Peer Connect(string address)
        {
            var peer = new Peer(address);
            peer.Run = Value.RunAsync(peer.Context, _ => peer.Ended.Task);
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

        public static void Leave(Peer peer)
        {
            peer.HasLeft = true;
            peer.Ended.TrySetResult();
        }
    }

    private sealed class Peer
    {
        public Peer(string address)
        {
            Context = new Connection(this) { RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 1) };
        }

        public ConnectionContext Context { get; }

        public TaskCompletionSource Ended { get; } = new();

        public Task Run { get; set; } = Task.CompletedTask;

        public GatedConnection? Gated => Context.Features.Get<GatedConnection>();

        public int Running { get; set; }

        public bool HasLeft { get; set; }

        public bool IsClosed { get; private set; }

        private sealed class Connection(Peer peer) : DefaultConnectionContext
        {
            public override void Abort(ConnectionAbortedException abortReason) => peer.IsClosed = true;
        }
    }
}
