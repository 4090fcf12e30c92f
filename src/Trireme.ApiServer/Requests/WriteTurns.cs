using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Requests;

/// <summary>
/// Lets those who keep losing the race for one object try one after the other. Most writes meet nobody and never come here; among many
/// writers of one object each would otherwise read, change and lose again.
/// </summary>
internal sealed class WriteTurns
{
    private readonly Dictionary<ObjectKey, Queue> _queues = [];

    /// <summary>Waits until nobody else has the turn for an object; disposing of the result passes it on.</summary>
    public async Task<IDisposable> TakeAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        Queue? queue;
        lock (_queues)
        {
            if (!_queues.TryGetValue(key, out queue)) _queues[key] = queue = new Queue();
            queue.Members++;
        }

        try
        {
            await queue.Turn.WaitAsync(cancellationToken);
        }
        catch
        {
            Leave(key, queue);
            throw;
        }

        return new Taken(this, key, queue);
    }

    private void Leave(ObjectKey key, Queue queue)
    {
        lock (_queues)
        {
            if (--queue.Members > 0) return;
            _queues.Remove(key);
            queue.Turn.Dispose();
        }
    }

    private sealed class Queue
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>Who waits or has the turn.</summary>
        public int Members { get; set; }
    }

    private sealed class Taken(WriteTurns turns, ObjectKey key, Queue queue) : IDisposable
    {
        public void Dispose()
        {
            queue.Turn.Release();
            turns.Leave(key, queue);
        }
    }
}

/// <summary>One write's way from trying freely to trying in turn.</summary>
internal sealed class WriteTurn(WriteTurns turns, ApiRequest request) : IDisposable
{
    /// <summary>Tries that are lost before a turn is taken: a single rival is met and passed.</summary>
    private const int FreeTries = 2;

    private IDisposable? _taken;

    /// <summary>Before each try.</summary>
    public async ValueTask AwaitAsync(int attempt)
    {
        if (attempt >= FreeTries) _taken ??= await turns.TakeAsync(request.Key, request.Http.RequestAborted);
    }

    public void Dispose() => _taken?.Dispose();
}
