using System.Globalization;
using Microsoft.Extensions.Logging;
using Trireme.Inference.Caching;
using Trireme.Inference.Generation;
using Trireme.Inference.Models;
using Trireme.Inference.Scheduling;
using Trireme.Inference.Speculation;

namespace Trireme.Inference.Engine;

/// <summary>
/// One step after another: plans it, computes it and tells the requests in it what came out, or what went wrong. Belongs to the engine's
/// thread.
/// </summary>
internal sealed partial class EngineSteps
{
    /// <summary>A step that fails takes its requests with it. This many in a row mean that the engine itself is broken.</summary>
    private const int MaxFailedSteps = 3;

    private readonly OpenRequests _requests;
    private readonly BlockPool _pool;
    private readonly SequenceBlocks _blocks;
    private readonly Scheduler _scheduler;
    private readonly StepBudget _budget;
    private readonly Speculator? _speculator;
    private readonly StepRunner _runner;
    private readonly List<StepOutcome> _outcomes = [];
    private readonly IEngineMemory _memory;
    private readonly KvEventLog? _events;
    private readonly EngineMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private int _failedSteps;

    public EngineSteps(
        ILanguageModel model,
        IEngineMemory memory,
        EngineOptions options,
        EngineMetrics metrics,
        ILogger logger,
        TimeProvider time,
        Speculator? speculator)
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
        _metrics = metrics;
        _time = time;
        _logger = logger;
    }

    /// <summary>The requests that steps work for.</summary>
    public OpenRequests Requests => _requests;

    public IKvEventLog? Events => _events;

    /// <summary>Queues an open request for the next step.</summary>
    public void Add(ActiveRequest request) => _scheduler.Add(request);

    /// <summary>Forgets what the prefix cache holds.</summary>
    public void ResetPrefixCache()
    {
        _pool.ResetPrefixes();
        _events?.Publish();
    }

    public void UpdateLoad() =>
        _metrics.Load.Update(_scheduler.WaitingCount, _scheduler.WaitingTokens, _scheduler.RunningCount, _blocks.Usage);

    /// <summary>Computes one step for all who can be in it.</summary>
    public void Run()
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
            RecoverFromOutOfMemory(step);
            return false;
        }
#pragma warning disable CA1031 // The step's requests are told; the engine goes on with the others.
        catch (Exception exception) when (++_failedSteps < MaxFailedSteps)
#pragma warning restore CA1031
        {
            LogStepFailed(exception, step.Chunks.Count);
            Deliver();
            foreach (ScheduledChunk chunk in step.Chunks) Fail(chunk.Sequence, $"A step of the engine failed: {exception.Message}");
            // The step's blocks entered the prefix cache before they were computed.
            _pool.ResetPrefixes();
            return false;
        }
    }

    /// <summary>Computes the sequences of a step that ran out of memory again, fewer at a time; one alone fails.</summary>
    private void RecoverFromOutOfMemory(ScheduledStep step)
    {
        bool isRetried = _scheduler.TryShrinkBatch(step);
        // Tokens that were chosen before memory ran out are as good as any.
        Deliver();
        if (isRetried)
        {
            _metrics.Preempted(step.Chunks.Count);
        }
        else
        {
            Fail(
                step.Chunks[0].Sequence,
                "The machine has not enough memory left for this request. Send a shorter one, or give the engine more memory.");
        }

        _pool.ResetPrefixes();
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "A step ran out of memory with {Requests} requests in it.")]
    private partial void LogOutOfMemory(Exception exception, int requests);

    [LoggerMessage(Level = LogLevel.Error, Message = "A step failed with {Requests} requests in it.")]
    private partial void LogStepFailed(Exception exception, int requests);

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed: {Reason}")]
    private partial void LogRequestFailed(string requestId, string reason);
}
