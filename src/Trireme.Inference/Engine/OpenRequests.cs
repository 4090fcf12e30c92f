using Trireme.Inference.Generation;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Engine;

/// <summary>
/// The answers the engine's thread works on, and the events it has for their readers. All but the count belongs to that thread.
/// </summary>
internal sealed class OpenRequests(Scheduler scheduler, EngineMetrics metrics)
{
    private readonly List<ActiveRequest> _answers = [];
    private readonly List<(ActiveRequest Request, TokenEvent Event)> _outbox = [];
    private int _count;

    /// <summary>Answers that were accepted and have not ended, those the engine's thread has not seen yet included.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Whether the engine's thread has nothing to work on.</summary>
    public bool IsEmpty => _answers.Count == 0;

    /// <summary>Counts answers before the engine's thread can see them end.</summary>
    public void Expect(int answers) => Interlocked.Add(ref _count, answers);

    /// <summary>Takes in a request's first answer and its forks.</summary>
    public void Add(ActiveRequest first)
    {
        _answers.Add(first);
        foreach (Sequence fork in first.Forks) _answers.Add((ActiveRequest)fork);
    }

    /// <summary>Ends the answers whose clients have left.</summary>
    public void EndCancelled()
    {
        for (int i = _answers.Count - 1; i >= 0; i--)
        {
            if (_answers[i].CancellationToken.IsCancellationRequested) End(_answers[i], FinishReason.Abort, error: null);
        }
    }

    public void EndAll(FinishReason reason, string error)
    {
        for (int i = _answers.Count - 1; i >= 0; i--) End(_answers[i], reason, error);
    }

    /// <summary>Ends an answer without a further token and frees its blocks.</summary>
    public void End(ActiveRequest request, FinishReason reason, string? error) => Add(request, request.Ending(reason, error));

    /// <summary>Notes an event for an answer's reader; the last one frees its blocks.</summary>
    public void Add(ActiveRequest request, TokenEvent tokenEvent)
    {
        _outbox.Add((request, tokenEvent));
        if (tokenEvent.FinishReason is not { } reason) return;
        scheduler.Remove(request);
        _answers.Remove(request);
        RecordEnd(request, reason);
        Interlocked.Decrement(ref _count);
    }

    /// <summary>Tells the readers last, so that a client that sees an answer end finds it counted and its blocks free.</summary>
    public void Publish()
    {
        foreach ((ActiveRequest request, TokenEvent tokenEvent) in _outbox) request.Publish(tokenEvent);
        _outbox.Clear();
    }

    /// <summary>Tells every reader that there is nothing more to come. The scheduler may be broken and is left alone.</summary>
    public void FailAll(string reason)
    {
        foreach (ActiveRequest request in _answers)
        {
            _outbox.Add((request, request.Ending(FinishReason.Error, reason)));
            RecordEnd(request, FinishReason.Error);
        }

        Interlocked.Add(ref _count, -_answers.Count);
        _answers.Clear();
        Publish();
    }

    private void RecordEnd(ActiveRequest request, FinishReason reason)
    {
        metrics.Finished(request, reason);
        request.Adapter?.End(hasStarted: request.Timings.StartedAt is not null);
    }
}
