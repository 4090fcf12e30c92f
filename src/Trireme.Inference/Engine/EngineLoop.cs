using Microsoft.Extensions.Logging;
using Trireme.Inference.Adapters;
using Trireme.Inference.Generation;
using Trireme.Inference.Models;
using Trireme.Inference.Scheduling;
using Trireme.Inference.Speculation;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Engine;

/// <summary>
/// The engine's thread: takes in requests, runs one step after another, and tells readers. All state but the inbox belongs
/// to this thread.
/// </summary>
internal sealed partial class EngineLoop : IAsyncDisposable
{
    private const string AsleepBeforeEnd = "The engine was put to sleep before the answer was complete.";

    private readonly RequestInbox _inbox;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EngineSteps _steps;
    private readonly OpenRequests _requests;
    private readonly IEngineMemory _memory;
    private readonly AdapterStore? _adapters;
    private readonly ITokenizer _tokenizer;
    private readonly AnswerLimits _limits;
    private readonly int _vocabularySize;
    private readonly EngineMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
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
        _steps = new EngineSteps(model, memory, options, metrics, logger, time, speculator);
        _requests = _steps.Requests;
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

    /// <summary>Why the loop ended without being stopped.</summary>
    public string? Failure { get; private set; }

    public SleepLevel SleepLevel => _inbox.Sleep.Level;

    public IKvEventLog? Events => _steps.Events;

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
        _inbox.Sleep.RequestAsync(level, mode, cancellationToken);

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
                ApplySleepRequest();
                bool isIdle = _requests.IsEmpty;
                if (!isIdle) _steps.Run();
                Publish();
                if (isIdle) _inbox.Wait();
            }

            Close("The engine was stopped before the answer was complete.");
        }
#pragma warning disable CA1031 // Whatever breaks the loop must end as a state that every caller can see, not as an ended process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogLoopFailed(exception);
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
            _steps.Add(request);
            if (request.HasLostAdapter) EndWithoutAdapter(request);
        }

        if (answers == 0) return;
        _steps.UpdateLoad();
        _metrics.Load.Admit(answers, tokens);
    }

    /// <summary>Ends a request that was made before a deep sleep and handed in after it.</summary>
    private void EndWithoutAdapter(ActiveRequest request)
    {
        Sequence[] answers = [request, .. request.Forks];
        foreach (Sequence answer in answers) _requests.End((ActiveRequest)answer, FinishReason.Abort, AsleepBeforeEnd);
    }

    /// <summary>Sleeps or wakes when told to, and once the requests it spares have ended.</summary>
    private void ApplySleepRequest()
    {
        SleepControl sleep = _inbox.Sleep;
        if (sleep.Request is not { } request) return;
        // What was accepted before the sleep request came may not have been seen yet.
        Admit();
        if ((request.Mode == SleepMode.Wait && !_requests.IsEmpty) || !sleep.TryTake(request)) return;
        _requests.EndAll(FinishReason.Abort, AsleepBeforeEnd);
        Publish();
        try
        {
            if (request.Level == SleepLevel.Awake)
            {
                _memory.Restore();
            }
            else
            {
                _steps.ResetPrefixCache();
                _memory.Release(request.Level);
            }

            _metrics.Load.SleepLevel = request.Level;
            sleep.Complete(request);
            LogSleep(request.Level);
        }
#pragma warning disable CA1031 // Its sender gets the error; the engine sleeps on and can be woken again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogSleepFailed(exception, request.Level);
            sleep.Fail(request, exception);
        }
    }

    private void Publish()
    {
        _steps.UpdateLoad();
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
        _requests.FailAll(reason);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The engine's level of sleep is {Level} now.")]
    private partial void LogSleep(SleepLevel level);

    [LoggerMessage(Level = LogLevel.Error, Message = "The engine could not go to the level of sleep {Level}.")]
    private partial void LogSleepFailed(Exception exception, SleepLevel level);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The engine has failed and computes nothing any more.")]
    private partial void LogLoopFailed(Exception exception);
}
