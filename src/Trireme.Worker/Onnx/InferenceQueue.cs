using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Onnx;

/// <summary>
/// Holds requests until they are computed, one batch after another. A request whose client leaves before its batch begins is taken
/// out; when a batch fails, its requests are computed one by one, so that each is answered for its own inputs.
/// </summary>
internal sealed partial class InferenceQueue : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<QueuedRequest> _waiting = [];
    private readonly List<WaitingRows> _rows = [];
    private readonly List<int> _taken = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly IInferenceModel _model;
    private readonly QueueLimits _limits;
    private readonly OnnxMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _window;
    private readonly Task _loop;
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _waitingBytes;
    private bool _closed;

    public InferenceQueue(IInferenceModel model, QueueLimits limits, OnnxMetrics metrics, TimeProvider time, ILogger logger)
    {
        _model = model;
        _limits = model.Signature.CanBatch ? limits : limits with { MaxBatchSize = 1 };
        _metrics = metrics;
        _time = time;
        _logger = logger;
        // Without others to wait for there is nothing to wait for.
        _window = _limits.MaxBatchSize > 1 ? (long)(_limits.BatchWindow.TotalSeconds * time.TimestampFrequency) : 0;
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>The request's outputs, or why there are none. Throws when the client leaves before they are computed.</summary>
    public async Task<InferOutcome> ComputeAsync(InferRequest request, long? deadline, CancellationToken clientGone)
    {
        var queued = new QueuedRequest(request, _time.GetTimestamp(), deadline);
        lock (_gate)
        {
            if (FindRefusal(queued) is { } refusal) return new InferOutcome(null, refusal);
            _waiting.Add(queued);
            _waitingBytes += queued.ByteLength;
            _metrics.Waiting = _waiting.Count;
            _arrived.TrySetResult();
        }

        await using CancellationTokenRegistration left = clientGone.Register(() => Withdraw(queued, clientGone));
        return await queued.Outcome.Task;
    }

    /// <summary>Ends the batch that runs, tells those who wait that there is nothing more to come, and refuses further requests.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate) _closed = true;
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private WorkerError? FindRefusal(QueuedRequest queued)
    {
        if (_closed) return WorkerError.NotServing(WorkerState.Draining, failure: null);
        if (_waiting.Count >= _limits.MaxWaiting)
        {
            return WorkerError.Overloaded(
                $"{_waiting.Count} requests wait already and the limit is {_limits.MaxWaiting}; retry later or elsewhere.");
        }

        return _waiting.Count == 0 || _waitingBytes + queued.ByteLength <= _limits.MaxWaitingBytes
            ? null
            : WorkerError.Overloaded(
                $"The waiting inputs take {_waitingBytes} bytes and the limit is {_limits.MaxWaitingBytes}; retry later or elsewhere.");
    }

    private void Withdraw(QueuedRequest queued, CancellationToken clientGone)
    {
        lock (_gate)
        {
            // A batch that has begun is not taken apart.
            if (!_waiting.Remove(queued)) return;
            _waitingBytes -= queued.ByteLength;
            _metrics.Waiting = _waiting.Count;
        }

        queued.Outcome.TrySetCanceled(clientGone);
    }

    private async Task LoopAsync()
    {
        var batch = new List<QueuedRequest>();
        while (!_stop.IsCancellationRequested)
        {
            (Task arrival, long? until) = Take(batch);
            if (batch.Count > 0) Compute(batch);
            else await WaitAsync(arrival, until);
        }

        Close();
    }

    /// <summary>Takes the next batch out of the queue, or says what to wait for.</summary>
    private (Task Arrival, long? Until) Take(List<QueuedRequest> batch)
    {
        batch.Clear();
        lock (_gate)
        {
            if (_arrived.Task.IsCompleted) _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            long now = _time.GetTimestamp();
            Expire(now);
            _rows.Clear();
            foreach (QueuedRequest queued in _waiting)
            {
                _rows.Add(new WaitingRows(queued.BatchKey, queued.Request.Rows, queued.ArrivedAt, queued.Deadline));
            }

            long? until = BatchRule.Decide(_rows, now, _limits.MaxBatchSize, _window, _taken);
            for (int i = _taken.Count - 1; i >= 0; i--)
            {
                QueuedRequest taken = _waiting[_taken[i]];
                batch.Add(taken);
                _waiting.RemoveAt(_taken[i]);
                _waitingBytes -= taken.ByteLength;
            }

            batch.Reverse();
            _metrics.Waiting = _waiting.Count;
            return (_arrived.Task, until);
        }
    }

    private void Expire(long now)
    {
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            QueuedRequest queued = _waiting[i];
            if (queued.Deadline is not { } deadline || deadline > now) continue;
            _waiting.RemoveAt(i);
            _waitingBytes -= queued.ByteLength;
            double waited = _time.GetElapsedTime(queued.ArrivedAt, now).TotalSeconds;
            string reason = string.Create(
                CultureInfo.InvariantCulture,
                $"The request waited {waited:0.000} s for its turn, which was past its deadline. Retry later or elsewhere.");
            queued.End(new InferOutcome(null, WorkerError.Expired(reason)));
        }
    }

    private async Task WaitAsync(Task arrival, long? until)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        TimeSpan wait = Timeout.InfiniteTimeSpan;
        if (until is { } end)
        {
            // Timers count whole milliseconds; rounding up keeps a wait from ending just before its time, over and over.
            double left = Math.Ceiling(_time.GetElapsedTime(_time.GetTimestamp(), end).TotalMilliseconds);
            wait = TimeSpan.FromMilliseconds(Math.Max(left, 0));
        }

        await Task.WhenAny(arrival, Task.Delay(wait, _time, done.Token));
        await done.CancelAsync();
    }

    private void Compute(List<QueuedRequest> batch)
    {
        long started = _time.GetTimestamp();
        _metrics.Begin(batch.Count);
        foreach (QueuedRequest queued in batch) _metrics.Queued(_time.GetElapsedTime(queued.ArrivedAt, started));
        if (TryCompute(batch, out IReadOnlyList<IReadOnlyList<Tensor>>? outputs) is not { } failure)
        {
            for (int i = 0; i < batch.Count; i++) batch[i].End(new InferOutcome(outputs![i], null));
        }
        else if (batch.Count == 1)
        {
            batch[0].End(new InferOutcome(null, failure));
        }
        else
        {
            LogBatchFailed(batch.Count, failure.Message);
            foreach (QueuedRequest queued in batch)
            {
                WorkerError? own = TryCompute([queued], out IReadOnlyList<IReadOnlyList<Tensor>>? alone);
                queued.End(new InferOutcome(own is null ? alone![0] : null, own));
            }
        }

        _metrics.End(batch.Count);
    }

    private WorkerError? TryCompute(List<QueuedRequest> batch, out IReadOnlyList<IReadOnlyList<Tensor>>? outputs)
    {
        long started = _time.GetTimestamp();
        outputs = null;
        try
        {
            outputs = _model.Run([.. batch.Select(static queued => queued.Request)]);
            _metrics.Computed(batch.Sum(static queued => queued.Request.Rows), _time.GetElapsedTime(started));
            return null;
        }
        catch (InferenceFailedException exception)
        {
            return WorkerError.EngineFailed(StatusCodes.Status500InternalServerError, exception.Message);
        }
#pragma warning disable CA1031 // Whatever breaks a batch is told to its clients; the queue goes on with the others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogUnexpected(exception);
            return WorkerError.EngineFailed(
                StatusCodes.Status500InternalServerError, "The worker failed to compute this; its log says how.");
        }
    }

    private void Close()
    {
        lock (_gate)
        {
            foreach (QueuedRequest queued in _waiting)
            {
                queued.End(new InferOutcome(null, WorkerError.NotServing(WorkerState.Draining, failure: null)));
            }

            _waiting.Clear();
            _waitingBytes = 0;
            _metrics.Waiting = 0;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A batch of {Requests} requests failed and is computed one by one: {Reason}")]
    private partial void LogBatchFailed(int requests, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A batch failed unexpectedly.")]
    private partial void LogUnexpected(Exception exception);

    private sealed class QueuedRequest(InferRequest request, long arrivedAt, long? deadline)
    {
        public InferRequest Request => request;

        public long ArrivedAt => arrivedAt;

        public long? Deadline => deadline;

        public string BatchKey { get; } = request.BatchKey;

        public long ByteLength { get; } = request.ByteLength;

        public TaskCompletionSource<InferOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void End(InferOutcome outcome) => Outcome.TrySetResult(outcome);
    }
}

/// <summary>A request's outputs, or why there are none.</summary>
internal sealed record InferOutcome(IReadOnlyList<Tensor>? Outputs, WorkerError? Error);
