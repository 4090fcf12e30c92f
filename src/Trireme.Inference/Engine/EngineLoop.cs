using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Trireme.Inference.Caching;
using Trireme.Inference.Generation;
using Trireme.Inference.Models;
using Trireme.Inference.Scheduling;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Engine;

/// <summary>
/// The engine's thread: takes in requests, runs one step after another for all of them, and tells their readers. All state but the
/// inbox belongs to this thread.
/// </summary>
internal sealed partial class EngineLoop : IAsyncDisposable
{
    /// <summary>A step that fails takes its requests with it. This many in a row mean that the engine itself is broken.</summary>
    private const int MaxFailedSteps = 3;

    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<ActiveRequest> _inbox = new();
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ActiveRequest> _requests = [];
    private readonly List<(ActiveRequest Request, TokenEvent Event)> _outbox = [];
    private readonly BlockPool _pool;
    private readonly SequenceBlocks _blocks;
    private readonly Scheduler _scheduler;
    private readonly StepRunner _runner;
    private readonly ITokenizer _tokenizer;
    private readonly AnswerLimits _limits;
    private readonly int _vocabularySize;
    private readonly int _maxWaiting;
    private readonly EngineMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private string? _refusal;
    private int _activeCount;
    private int _failedSteps;
    private volatile bool _stopping;

    public EngineLoop(
        ILanguageModel model,
        ITokenizer tokenizer,
        AnswerLimits limits,
        int blockCount,
        EngineOptions options,
        EngineMetrics metrics,
        ILogger logger,
        TimeProvider time)
    {
        _pool = new BlockPool(blockCount);
        _blocks = new SequenceBlocks(_pool, options.BlockSize, options.PrefixCaching);
        _scheduler = new Scheduler(_blocks, options.MaxSequences, options.MaxBatchedTokens);
        _runner = new StepRunner(model, options.MaxBatchedTokens);
        _tokenizer = tokenizer;
        _limits = limits;
        _vocabularySize = model.VocabularySize;
        _maxWaiting = options.MaxWaiting;
        _metrics = metrics;
        _logger = logger;
        _time = time;
    }

    public int ActiveRequests => Volatile.Read(ref _activeCount);

    /// <summary>Why the loop ended although nobody stopped it.</summary>
    public string? Failure { get; private set; }

    public void Start() => new Thread(Run) { IsBackground = true, Name = "engine" }.Start();

    public SubmitResult Submit(GenerationRequest request, CancellationToken cancellationToken)
    {
        if (RequestRules.Check(request, _vocabularySize, _limits.ContextLength) is { } refusal) return refusal;
        var active = new ActiveRequest(request, _tokenizer, _limits, _time.GetTimestamp(), cancellationToken);
        // The gate makes sure that a request is either refused or seen by the loop before it ends.
        lock (_gate)
        {
            if (_refusal is not null) return RequestRules.Refuse(SubmitError.Unavailable, _refusal);
            if (_metrics.Load.Waiting >= _maxWaiting)
            {
                return RequestRules.Refuse(SubmitError.Overloaded, $"{_maxWaiting} requests wait already; retry later or elsewhere.");
            }

            _metrics.Load.Arrive();
            Interlocked.Increment(ref _activeCount);
            _inbox.Enqueue(active);
            _wake.Set();
        }

        return new SubmitResult(active.Events, Error: null, Message: null);
    }

    /// <summary>Ends the requests that still run, refuses further ones, and completes when the thread is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stopping)
        {
            _stopping = true;
            _wake.Set();
        }

        await _ended.Task;
        _wake.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                Admit();
                EndCancelled();
                bool isIdle = _requests.Count == 0;
                if (!isIdle) Step();
                Publish();
                if (isIdle) _wake.WaitOne();
            }

            Close("The engine was stopped before the answer was complete.");
        }
#pragma warning disable CA1031 // Whatever breaks the loop must end as a state that everybody can see, not as a dead process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogBroken(exception);
            Failure = $"The engine has failed and computes nothing any more: {exception.Message}";
            Close(Failure);
        }

        _ended.SetResult();
    }

    private void Admit()
    {
        int admitted = 0;
        for (; _inbox.TryDequeue(out ActiveRequest? request); admitted++)
        {
            _requests.Add(request);
            _scheduler.Add(request);
        }

        UpdateLoad(admitted);
    }

    /// <summary>Frees the blocks of requests whose clients have left, before the next step is planned.</summary>
    private void EndCancelled()
    {
        for (int i = _requests.Count - 1; i >= 0; i--)
        {
            ActiveRequest request = _requests[i];
            if (request.CancellationToken.IsCancellationRequested) End(request, FinishReason.Abort, error: null);
        }
    }

    private void Step()
    {
        ScheduledStep step = _scheduler.Schedule();
        _metrics.Scheduled(step);
        UpdateLoad(admitted: 0);
        if (TryCompute(step) is not { } outcomes) return;
        Scheduler.Complete(step);
        foreach (StepOutcome outcome in outcomes) Deliver(outcome);
        EndComputedPrompts(step);
    }

    private IReadOnlyList<StepOutcome>? TryCompute(ScheduledStep step)
    {
        try
        {
            IReadOnlyList<StepOutcome> outcomes = _runner.Run(step);
            _failedSteps = 0;
            return outcomes;
        }
#pragma warning disable CA1031 // The step's requests are told; the engine goes on with the others.
        catch (Exception exception) when (++_failedSteps < MaxFailedSteps)
#pragma warning restore CA1031
        {
            LogStepFailed(exception, step.Chunks.Count);
            foreach (ScheduledChunk chunk in step.Chunks)
            {
                End((ActiveRequest)chunk.Sequence, FinishReason.Error, $"A step of the engine failed: {exception.Message}");
            }

            // The step's blocks were announced before they were computed.
            _pool.ForgetAll();
            return null;
        }
    }

    private void Deliver(in StepOutcome outcome)
    {
        ActiveRequest request = outcome.Request;
        if (outcome.Failure is not null)
        {
            LogRequestFailed(request.Id, outcome.Failure);
            End(request, FinishReason.Error, outcome.Failure);
            return;
        }

        TokenEvent tokenEvent = request.Accept(outcome.Token, outcome.LogProbability);
        _metrics.Generated(request.Timings, request.PromptLength);
        _outbox.Add((request, tokenEvent));
        if (tokenEvent.FinishReason is { } reason) Forget(request, reason);
    }

    /// <summary>Ends the requests that only wanted their prompt computed.</summary>
    private void EndComputedPrompts(ScheduledStep step)
    {
        foreach (ScheduledChunk chunk in step.Chunks)
        {
            var request = (ActiveRequest)chunk.Sequence;
            if (request.WantsAnswer || !chunk.ReachesEnd) continue;
            _metrics.PromptComputed(request.PromptLength);
            End(request, FinishReason.Length, error: null);
        }
    }

    private void End(ActiveRequest request, FinishReason reason, string? error)
    {
        _outbox.Add((request, request.Ending(reason, error)));
        Forget(request, reason);
    }

    private void Forget(ActiveRequest request, FinishReason reason)
    {
        _scheduler.Remove(request);
        _requests.Remove(request);
        _metrics.Finished(request, reason);
        Interlocked.Decrement(ref _activeCount);
    }

    /// <summary>Tells the readers last, so that whoever sees an answer end finds it counted and its blocks free.</summary>
    private void Publish()
    {
        UpdateLoad(admitted: 0);
        foreach ((ActiveRequest request, TokenEvent tokenEvent) in _outbox) request.Publish(tokenEvent);
        _outbox.Clear();
    }

    /// <summary>Tells every reader that there is nothing more to come. The scheduler may be broken and is left alone.</summary>
    private void Close(string reason)
    {
        lock (_gate) _refusal = reason;
        int arrived = 0;
        for (; _inbox.TryDequeue(out ActiveRequest? request); arrived++) _requests.Add(request);
        foreach (ActiveRequest request in _requests)
        {
            _outbox.Add((request, request.Ending(FinishReason.Error, reason)));
            _metrics.Finished(request, FinishReason.Error);
        }

        Interlocked.Add(ref _activeCount, -_requests.Count);
        _requests.Clear();
        _metrics.Load.Update(arrived, queued: 0, running: 0, cacheUsage: 0);
        foreach ((ActiveRequest request, TokenEvent tokenEvent) in _outbox) request.Publish(tokenEvent);
    }

    private void UpdateLoad(int admitted) =>
        _metrics.Load.Update(admitted, _scheduler.WaitingCount, _scheduler.RunningCount, _blocks.Usage);

    [LoggerMessage(Level = LogLevel.Error, Message = "A step failed with {Requests} requests in it.")]
    private partial void LogStepFailed(Exception exception, int requests);

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed: {Reason}")]
    private partial void LogRequestFailed(string requestId, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The engine has failed and computes nothing any more.")]
    private partial void LogBroken(Exception exception);
}
