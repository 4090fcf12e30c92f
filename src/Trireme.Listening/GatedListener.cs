using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Trireme.Listening;

/// <summary>
/// A listener whose connections pass the gate as they are accepted. Later would be too late: Kestrel accepts on one thread and runs
/// connections on others, and a flood takes every descriptor before the first of those looks at its connection.
/// </summary>
internal sealed class GatedListener(IConnectionListener listener, ConnectionGate gate) : IConnectionListener
{
    public EndPoint EndPoint => listener.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await listener.AcceptAsync(cancellationToken) is { } connection)
        {
            if (await EnterAsync(connection, cancellationToken) is { } entered) return entered;

            // Closes the socket at once; what else there is to it needs no waiting for.
            connection.Abort(new ConnectionAbortedException("The listener has all the connections it may have, each with a request."));
            _ = connection.DisposeAsync().AsTask();
        }

        return null;
    }

    private async ValueTask<GatedConnection?> EnterAsync(ConnectionContext connection, CancellationToken cancellationToken)
    {
        try
        {
            return await gate.EnterAsync(connection, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The listener ends, and nobody else has the connection.
            await connection.DisposeAsync();
            throw;
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => listener.UnbindAsync(cancellationToken);

    public ValueTask DisposeAsync() => listener.DisposeAsync();
}

/// <summary>Kestrel's own transport with a gate before it.</summary>
internal sealed class GatedTransport(IConnectionListenerFactory transport, ConnectionGate gate) : IConnectionListenerFactory
{
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new GatedListener(await transport.BindAsync(endpoint, cancellationToken), gate);
}
