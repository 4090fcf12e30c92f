using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Engine;

/// <summary>
/// Where any thread hands requests to the engine's thread. Decides who is taken; a request is either refused or taken out
/// again before the engine ends.
/// </summary>
internal sealed class RequestInbox : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<ActiveRequest> _queue = new();
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly EngineOptions _options;
    private readonly EngineLoad _load;
    private string? _refusal;

    public RequestInbox(EngineOptions options, EngineLoad load)
    {
        _options = options;
        _load = load;
        Sleep = new SleepControl(_gate, Wake);
    }

    public SleepControl Sleep { get; }

    /// <summary>Takes a request and its further answers, or says why not.</summary>
    public SubmitResult? Add(ActiveRequest request)
    {
        lock (_gate)
        {
            if (FindRefusal(request) is { } refused) return refused;
            _load.Arrive(request.Forks.Count + 1, request.PromptLength);
            _queue.Enqueue(request);
            Wake();
            return null;
        }
    }

    public bool TryTake([NotNullWhen(true)] out ActiveRequest? request) => _queue.TryDequeue(out request);

    /// <summary>Wakes the engine's thread.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Blocks the engine's thread until there is something new.</summary>
    public void Wait() => _wake.WaitOne();

    /// <summary>Refuses all further requests.</summary>
    public void Close(string reason)
    {
        lock (_gate)
        {
            _refusal = reason;
            Sleep.End(reason);
        }
    }

    public void Dispose() => _wake.Dispose();

    private SubmitResult? FindRefusal(ActiveRequest request)
    {
        if (_refusal is not null) return RequestRules.Refuse(SubmitError.Unavailable, _refusal);
        if (Sleep.RefusesRequests)
        {
            return RequestRules.Refuse(SubmitError.Asleep, "The engine sleeps; wake it first, or send the request to another one.");
        }

        // What is more than all that may wait can still be taken by an engine with nothing to do.
        int waiting = _load.Waiting;
        if (waiting > 0 && waiting + request.Forks.Count + 1 > _options.MaxWaiting)
        {
            return RequestRules.Refuse(
                SubmitError.Overloaded,
                $"{waiting} requests wait already and the limit is {_options.MaxWaiting}; retry later or elsewhere.");
        }

        long tokens = _load.WaitingTokens;
        if (tokens == 0 || tokens + request.PromptLength <= _options.MaxWaitingTokens) return null;
        return RequestRules.Refuse(
            SubmitError.Overloaded,
            $"{tokens} prompt tokens wait already and the limit is {_options.MaxWaitingTokens}; retry later or elsewhere.");
    }
}
