using System.Net;
using Microsoft.AspNetCore.Connections;
using Trireme.Contracts.Metrics;

namespace Trireme.Listening.Tests;

public sealed class GatedListenerTests
{
    private const int Max = 4;

    /// <summary>As under a flood: the server accepts all the time, and no thread is free to run what was accepted.</summary>
    [Fact]
    public async Task Connections_that_nobody_runs_yet_are_never_more_than_the_capacity()
    {
        var transport = new Transport();
        var gate = new ConnectionGate("gateway", () => Max, maxPerPeer: null, new MetricRegistry(), TimeProvider.System);
        await using IConnectionListener listener = await Bind(transport, gate);
        for (int i = 0; i < 1000; i++)
        {
            Assert.NotNull(await listener.AcceptAsync(TestContext.Current.CancellationToken));
            Assert.InRange(transport.Open, 1, Max);
        }
    }

    [Fact]
    public async Task A_connection_without_room_is_closed_and_the_next_is_accepted()
    {
        var transport = new Transport();
        var gate = new ConnectionGate("gateway", () => 1, maxPerPeer: null, new MetricRegistry(), TimeProvider.System);
        await using IConnectionListener listener = await Bind(transport, gate);
        ConnectionContext first = await Accept(listener);
        gate.BeginRequest(Assert.IsType<GatedConnection>(first));

        transport.BeforeAccept = accepted =>
        {
            // The third comes when the first has ended its request, and takes its place.
            if (accepted == 2) gate.EndRequest((GatedConnection)first);
        };
        ConnectionContext third = await Accept(listener);
        Assert.Equal(1, transport.Open);
        Assert.Equal("2", third.ConnectionId);

        await third.DisposeAsync();
        Assert.Equal(0, gate.Open);
        Assert.Equal(0, transport.Open);
    }

    private static async Task<IConnectionListener> Bind(Transport transport, ConnectionGate gate) =>
        await new GatedTransport(transport, gate).BindAsync(transport.EndPoint, TestContext.Current.CancellationToken);

    private static async Task<ConnectionContext> Accept(IConnectionListener listener)
    {
        ConnectionContext? connection = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        return connection ?? throw new InvalidOperationException("the listener has ended");
    }

    /// <summary>A transport with a client at every accept.</summary>
    private sealed class Transport : IConnectionListenerFactory, IConnectionListener
    {
        private int _accepted;

        public Action<int> BeforeAccept { get; set; } = _ => { };

        /// <summary>Descriptors of connections.</summary>
        public int Open { get; private set; }

        public EndPoint EndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 1);

        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken) => new(this);

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken)
        {
            BeforeAccept(_accepted);
            Open++;
            return new(new Connection(this, $"{_accepted++}"));
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;

        private sealed class Connection : DefaultConnectionContext
        {
            private readonly Transport _transport;
            private bool _closed;

            public Connection(Transport transport, string id)
            {
                _transport = transport;
                ConnectionId = id;
                RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 2);
            }

            public override void Abort(ConnectionAbortedException abortReason)
            {
                if (!_closed) _transport.Open--;
                _closed = true;
            }

            public override ValueTask DisposeAsync()
            {
                Abort(new ConnectionAbortedException());
                return base.DisposeAsync();
            }
        }
    }
}
