using System.Globalization;
using Microsoft.Extensions.Logging;
using Trireme.Inference.Adapters;
using Trireme.Inference.Caching;
using Trireme.Inference.Generation;
using Trireme.Inference.Models;
using Trireme.Inference.Scheduling;
using Trireme.Inference.Speculation;
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

    private const string AsleepBeforeEnd = "The engine was put to sleep before the answer was complete.";

    private readonly RequestInbox _inbox;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OpenRequests _requests;
    private readonly BlockPool _pool;
    private readonly SequenceBlocks _blocks;
    private readonly Scheduler _scheduler;
    private readonly StepBudget _budget;
    private readonly Speculator? _speculator;
    private readonly StepRunner _runner;
    private readonly List<StepOutcome> _outcomes = [];
    private readonly IEngineMemory _memory;
    private readonly AdapterStore? _adapters;
    private readonly KvEventLog? _events;
    private readonly ITokenizer _tokenizer;
    private readonly AnswerLimits _limits;
    private readonly int _vocabularySize;
    private readonly EngineMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private int _failedSteps;
    private volatile bool _stopping;

    public EngineLoop(
        ILanguageModel model,
        IEngineMemory memory,
        ITokenizer tokenizer,
        AnswerLimits limits,
        EngineOptions options,
        EngineMetrics metrics,
        ILogger logger,
        TimeProvider time,
        AdapterStore? adapters = null,
        Speculator? speculator = null)
    {
        _events = options.KvEventCapacity > 0 ? new KvEventLog(options.KvEventCapacity, options.BlockSize) : null;
        _pool = new BlockPool(memory.BlockCount, _events);
        _blocks = new SequenceBlocks(_pool, options.BlockSize, options.PrefixCaching, _events);
        _scheduler = new Scheduler(_blocks, options.MaxSequences, options.MaxBatchedTokens);
        _requests = new OpenRequests(_scheduler, metrics);
        _budget = new StepBudget(options.MaxBatchedTokens, options.InterTokenTarget?.TotalSeconds);
        _speculator = speculator;
        _runner = new StepRunner(model, options.MaxBatchedTokens);
        _memory = memory;
        _adapters = adapters;
        _tokenizer = tokenizer;
        _limits = limits;
        _inbox = new RequestInbox(options, metrics.Load);
        _vocabularySize = model.VocabularySize;
        _metrics = metrics;
        _logger = logger;
        _time = time;
    }

    public int ActiveRequests => _requests.Count;

    /// <summary>Why the loop ended although nobody stopped it.</summary>
    public string? Failure { get; private set; }

    public SleepLevel SleepLevel => _inbox.Sleep.Level;

    public IKvEventLog? Events => _events;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "engine" }.Start();

    public SubmitResult Submit(GenerationRequest request, CancellationToken cancellationToken)
    {
        if (RequestRules.Check(request, _vocabularySize, _limits) is { } refusal) return refusal;
        int answers = ActiveRequest.AnswersOf(request);
        ServedAdapter? adapter = null;
        if (request.Adapter is { } name && TakeAdapter(name, answers, out adapter) is { } unserved) return unserved;
        var active = ActiveRequest.Create(request, _tokenizer, _limits, _time.GetTimestamp(), adapter, cancellationToken);
        _requests.Expect(answers);
        if (_inbox.Add(active) is not { } refused) return new SubmitResult(active.Events, Error: null, Message: null);
        _requests.Expect(-answers);
        for (int i = 0; i < answers; i++) adapter?.End(hasStarted: false);
        return refused;
    }

    /// <summary>Goes to a level of sleep or wakes; completes when that is done.</summary>
    public Task SleepAsync(SleepLevel level, SleepMode mode, CancellationToken cancellationToken) =>
        _inbox.Sleep.GiveAsync(level, mode, cancellationToken);

    /// <summary>Ends the requests that still run, refuses further ones, and completes when the thread is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stopping)
        {
            _stopping = true;
            _inbox.Wake();
        }

        await _ended.Task;
        _inbox.Dispose();
    }

    private SubmitResult? TakeAdapter(string name, int answers, out ServedAdapter? adapter)
    {
        adapter = null;
        return _adapters is null
            ? RequestRules.Refuse(SubmitError.UnknownAdapter, $"There is no adapter '{name}', because this engine was started without any.")
            : _adapters.Take(name, answers, out adapter);
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                Admit();
                // Frees the blocks of those who have left before the next step is planned.
                _requests.EndCancelled();
                FollowOrders();
                bool isIdle = _requests.IsEmpty;
                if (!isIdle) Step();
                Publish();
                if (isIdle) _inbox.Wait();
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
        int answers = 0;
        int tokens = 0;
        while (_inbox.TryTake(out ActiveRequest? request))
        {
            _requests.Add(request);
            answers += request.Forks.Count + 1;
            tokens += request.PromptLength;
            _scheduler.Add(request);
            if (request.HasLostAdapter) EndWithoutAdapter(request);
        }

        if (answers == 0) return;
        UpdateLoad();
        _metrics.Load.Admit(answers, tokens);
    }

    /// <summary>Ends a request that was made before a deep sleep and handed in after it.</summary>
    private void EndWithoutAdapter(ActiveRequest request)
    {
        Sequence[] answers = [request, .. request.Forks];
        foreach (Sequence answer in answers) _requests.End((ActiveRequest)answer, FinishReason.Abort, AsleepBeforeEnd);
    }

    /// <summary>Sleeps or wakes when told to, and once the requests that the order spares have ended.</summary>
    private void FollowOrders()
    {
        SleepControl sleep = _inbox.Sleep;
        if (sleep.Order is not { } order) return;
        // What was accepted before the order was given may not have been seen yet.
        Admit();
        if ((order.Mode == SleepMode.Wait && !_requests.IsEmpty) || !sleep.TryTake(order)) return;
        _requests.EndAll(FinishReason.Abort, AsleepBeforeEnd);
        Publish();
        try
        {
            if (order.Level == SleepLevel.Awake)
            {
                _memory.Restore();
            }
            else
            {
                _pool.ForgetAll();
                _events?.Publish();
                _memory.Release(order.Level);
            }

            _metrics.Load.SleepLevel = order.Level;
            sleep.Complete(order);
            LogSleep(order.Level);
        }
#pragma warning disable CA1031 // Who gave the order is told; the engine sleeps on and can be woken again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogSleepFailed(exception, order.Level);
            sleep.Fail(order, exception);
        }
    }

    private void Step()
    {
        int drafts = _speculator?.Prepare(_scheduler, _budget.Costs) ?? 0;
        ScheduledStep step = _scheduler.Schedule(_time.GetTimestamp(), _budget.Decide(_scheduler.StreamCount, drafts));
        EndExpired(step);
        if (step.Chunks.Count == 0) return;
        _metrics.Scheduled(step);
        UpdateLoad();
        _outcomes.Clear();
        if (!TryCompute(step)) return;
        _scheduler.Complete(step);
        _speculator?.Count(step);
        Deliver();
        EndComputedPrompts(step);
        _events?.Publish();
    }

    private bool TryCompute(ScheduledStep step)
    {
        try
        {
            foreach (BlockCopy copy in step.Copies) _memory.Copy(copy);
            _speculator?.Draft(step);
            long started = _time.GetTimestamp();
            _runner.Run(step, _outcomes);
            _budget.Observe(step, _time.GetElapsedTime(started).TotalSeconds);
            _failedSteps = 0;
            return true;
        }
        catch (OutOfMemoryException exception)
        {
            LogOutOfMemory(exception, step.Chunks.Count);
            Retreat(step);
            return false;
        }
#pragma warning disable CA1031 // The step's requests are told; the engine goes on with the others.
        catch (Exception exception) when (++_failedSteps < MaxFailedSteps)
#pragma warning restore CA1031
        {
            LogStepFailed(exception, step.Chunks.Count);
            Deliver();
            foreach (ScheduledChunk chunk in step.Chunks) Fail(chunk.Sequence, $"A step of the engine failed: {exception.Message}");
            // The step's blocks were announced before they were computed.
            _pool.ForgetAll();
            return false;
        }
    }

    /// <summary>Computes the sequences of a step that ran out of memory again, fewer at a time; one alone has to be given up.</summary>
    private void Retreat(ScheduledStep step)
    {
        bool retreats = _scheduler.TryRetreat(step);
        // Tokens that were chosen before memory ran out are as good as any.
        Deliver();
        if (retreats)
        {
            _metrics.Preempted(step.Chunks.Count);
        }
        else
        {
            Fail(
                step.Chunks[0].Sequence,
                "The machine has not enough memory left for this request. Send a shorter one, or give the engine more memory.");
        }

        _pool.ForgetAll();
    }

    private void EndExpired(ScheduledStep step)
    {
        foreach (Sequence sequence in step.Expired)
        {
            var request = (ActiveRequest)sequence;
            double waited = _time.GetElapsedTime(request.Timings.QueuedAt).TotalSeconds;
            string reason = string.Create(
                CultureInfo.InvariantCulture,
                $"The request waited {waited:0.0} s for its first step, which was past its deadline. Retry later or elsewhere.");
            _requests.End(request, FinishReason.Expired, reason);
        }
    }

    private void Deliver()
    {
        foreach ((ActiveRequest request, int place, TokenEvent? tokenEvent, string? failure) in _outcomes)
        {
            if (tokenEvent is not null)
            {
                _metrics.Generated(request, place);
                _requests.Add(request, tokenEvent);
                continue;
            }

            LogRequestFailed(request.Id, failure!);
            _requests.End(request, FinishReason.Error, failure);
        }
    }

    /// <summary>Ends a sequence of a step that has failed, unless it has come to its own end.</summary>
    private void Fail(Sequence sequence, string reason)
    {
        if (sequence.Phase != SequencePhase.Finished) _requests.End((ActiveRequest)sequence, FinishReason.Error, reason);
    }

    /// <summary>Ends the requests that only wanted their prompt computed.</summary>
    private void EndComputedPrompts(ScheduledStep step)
    {
        foreach (ScheduledChunk chunk in step.Chunks)
        {
            var request = (ActiveRequest)chunk.Sequence;
            if (request.WantsAnswer || !chunk.ReachesEnd) continue;
            _metrics.PromptComputed(request);
            if (request.Pool is { } pool)
            {
                EndEmbedded(request, pool);
            }
            else
            {
                _requests.End(request, FinishReason.Length, error: null);
            }
        }
    }

    private void EndEmbedded(ActiveRequest request, EmbeddingPool pool)
    {
        try
        {
            _requests.Add(request, request.Embedded(pool.ToVector()));
        }
        catch (InvalidDataException exception)
        {
            LogRequestFailed(request.Id, exception.Message);
            _requests.End(request, FinishReason.Error, exception.Message);
        }
    }

    private void Publish()
    {
        UpdateLoad();
        _requests.Publish();
    }

    private void Close(string reason)
    {
        _inbox.Close(reason);
        while (_inbox.TryTake(out ActiveRequest? request))
        {
            _requests.Add(request);
            _metrics.Load.Admit(request.Forks.Count + 1, request.PromptLength);
        }

        _metrics.Load.Update(queued: 0, queuedTokens: 0, running: 0, cacheUsage: 0);
        _requests.Abandon(reason);
    }

    private void UpdateLoad() =>
        _metrics.Load.Update(_scheduler.WaitingCount, _scheduler.WaitingTokens, _scheduler.RunningCount, _blocks.Usage);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A step ran out of memory with {Requests} requests in it.")]
    private partial void LogOutOfMemory(Exception exception, int requests);

    [LoggerMessage(Level = LogLevel.Information, Message = "The engine's level of sleep is {Level} now.")]
    private partial void LogSleep(SleepLevel level);

    [LoggerMessage(Level = LogLevel.Error, Message = "The engine could not go to the level of sleep {Level}.")]
    private partial void LogSleepFailed(Exception exception, SleepLevel level);

    [LoggerMessage(Level = LogLevel.Error, Message = "A step failed with {Requests} requests in it.")]
    private partial void LogStepFailed(Exception exception, int requests);

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed: {Reason}")]
    private partial void LogRequestFailed(string requestId, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The engine has failed and computes nothing any more.")]
    private partial void LogBroken(Exception exception);
}
