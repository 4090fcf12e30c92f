using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Trireme.Hosting.Listening;

/// <summary>A connection as its gate sees it. All but <see cref="Context"/> is read and written under the gate's lock.</summary>
internal sealed class GatedConnection
{
    public GatedConnection(ConnectionContext context, PeerConnections peer)
    {
        Context = context;
        Peer = peer;
        Node = new LinkedListNode<GatedConnection>(this);
    }

    public ConnectionContext Context { get; }

    public PeerConnections Peer { get; }

    /// <summary>Its place among the idle ones of its peer; in that list while no request runs.</summary>
    public LinkedListNode<GatedConnection> Node { get; }

    /// <summary>Requests in progress; more than one over HTTP/2.</summary>
    public int Requests { get; set; }

    /// <summary>False once it has left, or was closed to make room.</summary>
    public bool IsOpen { get; set; } = true;
}

/// <summary>The connections of one address.</summary>
internal sealed class PeerConnections(IPAddress address)
{
    public IPAddress Address { get; } = address;

    public int Open { get; set; }

    /// <summary>Those without a request, the one that has waited longest first.</summary>
    public LinkedList<GatedConnection> Idle { get; } = new();
}
