using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Trireme.Listening;

/// <summary>
/// A connection that counts at its gate from when it was accepted until its descriptor is closed. What concerns the gate is read and
/// written under the gate's lock.
/// </summary>
public sealed class GatedConnection : ConnectionContext
{
    private readonly ConnectionGate _gate;
    private readonly ConnectionContext _connection;

    internal GatedConnection(ConnectionGate gate, ConnectionContext connection, PeerConnections peer, long enteredAt)
    {
        _gate = gate;
        _connection = connection;
        Peer = peer;
        EnteredAt = enteredAt;
        Node = new LinkedListNode<GatedConnection>(this);
        connection.Features.Set(this);
    }

    internal PeerConnections Peer { get; }

    /// <summary>When it was let in, as a timestamp of the gate's clock.</summary>
    internal long EnteredAt { get; }

    /// <summary>It has had a request.</summary>
    internal bool HasAsked { get; set; }

    /// <summary>Its place among the idle ones of its peer; in that list while no request runs.</summary>
    internal LinkedListNode<GatedConnection> Node { get; }

    /// <summary>Requests in progress; more than one over HTTP/2.</summary>
    internal int Requests { get; set; }

    /// <summary>False once it has left, or was closed to make room.</summary>
    internal bool IsOpen { get; set; } = true;

    public override IDuplexPipe Transport { get => _connection.Transport; set => _connection.Transport = value; }

    public override string ConnectionId { get => _connection.ConnectionId; set => _connection.ConnectionId = value; }

    public override IFeatureCollection Features => _connection.Features;

    public override IDictionary<object, object?> Items { get => _connection.Items; set => _connection.Items = value; }

    public override CancellationToken ConnectionClosed
    {
        get => _connection.ConnectionClosed;
        set => _connection.ConnectionClosed = value;
    }

    public override EndPoint? LocalEndPoint { get => _connection.LocalEndPoint; set => _connection.LocalEndPoint = value; }

    public override EndPoint? RemoteEndPoint { get => _connection.RemoteEndPoint; set => _connection.RemoteEndPoint = value; }

    public override void Abort(ConnectionAbortedException abortReason) => _connection.Abort(abortReason);

    public override void Abort() => _connection.Abort();

    public override async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await base.DisposeAsync();
        _gate.Leave(this);
    }
}

/// <summary>The connections of one address.</summary>
internal sealed class PeerConnections(IPAddress address)
{
    public IPAddress Address { get; } = address;

    public int Open { get; set; }

    /// <summary>Those without a request, the one that has waited longest first.</summary>
    public LinkedList<GatedConnection> Idle { get; } = new();
}
