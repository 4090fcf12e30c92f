using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;
using Trireme.Worker.Onnx;

namespace Trireme.Worker.Tests.Onnx;

public sealed class InferenceQueueTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_waits_for_the_window_and_no_longer()
    {
        var time = new ObservedTime();
        var window = TimeSpan.FromMilliseconds(50);
        using var model = new CountingModel();
        await using InferenceQueue queue = Queue(model, new QueueLimits { BatchWindow = window }, time);
        Task<InferOutcome> first = queue.ComputeAsync(Request(1), null, Cancelled);
        await time.TimerDueInAsync(window, Cancelled);
        Task<InferOutcome> second = queue.ComputeAsync(Request(2), null, Cancelled);
        // The arrival made the queue decide again; it waits for what is left of the first request's window.
        await time.TimerDueInAsync(window, Cancelled);
        time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.False(first.IsCompleted);
        Assert.Empty(model.Batches);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await Task.WhenAll(first, second);
        Assert.Equal([2], model.Batches);
    }

    [Fact]
    public async Task What_waits_while_a_batch_runs_is_computed_together_and_a_client_that_leaves_is_taken_out()
    {
        using var model = new CountingModel();
        await using InferenceQueue queue = Queue(model, new QueueLimits { BatchWindow = TimeSpan.Zero, MaxBatchSize = 4 });
        model.Hold();
        Task<InferOutcome> running = queue.ComputeAsync(Request(0), null, Cancelled);
        await model.Entered;
        using var leaving = new CancellationTokenSource();
        Task<InferOutcome> left = queue.ComputeAsync(Request(1), null, leaving.Token);
        Task<InferOutcome>[] waiting = [.. Enumerable.Range(2, 5).Select(i => queue.ComputeAsync(Request(i), null, Cancelled))];
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        model.Release();
        InferOutcome[] outcomes = await Task.WhenAll([running, .. waiting]);
        Assert.Equal([0, 2, 3, 4, 5, 6], outcomes.Select(outcome => outcome.Outputs![0].Data[0]));
        Assert.Equal([1, 4, 1], model.Batches);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_recovers()
    {
        using var model = new CountingModel();
        await using InferenceQueue queue = Queue(model, new QueueLimits { BatchWindow = TimeSpan.Zero, MaxWaiting = 2 });
        model.Hold();
        Task<InferOutcome> running = queue.ComputeAsync(Request(0), null, Cancelled);
        await model.Entered;
        Task<InferOutcome>[] waiting = [queue.ComputeAsync(Request(1), null, Cancelled), queue.ComputeAsync(Request(2), null, Cancelled)];
        InferOutcome refused = await queue.ComputeAsync(Request(3), null, Cancelled);
        Assert.Equal(503, refused.Error!.Status);
        Assert.NotNull(refused.Error.RetryAfter);
        Assert.Contains("2 requests wait already", refused.Error.Message, StringComparison.Ordinal);
        model.Release();
        await Task.WhenAll([running, .. waiting]);
        Assert.Null((await queue.ComputeAsync(Request(3), null, Cancelled)).Error);
    }

    [Fact]
    public async Task Inputs_that_take_too_much_memory_together_are_refused_and_a_single_one_is_not()
    {
        using var model = new CountingModel();
        await using InferenceQueue queue = Queue(model, new QueueLimits { BatchWindow = TimeSpan.Zero, MaxWaitingBytes = 1 });
        model.Hold();
        Task<InferOutcome> running = queue.ComputeAsync(Request(0), null, Cancelled);
        await model.Entered;
        Task<InferOutcome> first = queue.ComputeAsync(Request(1), null, Cancelled);
        Assert.Equal(503, (await queue.ComputeAsync(Request(2), null, Cancelled)).Error!.Status);
        model.Release();
        Assert.Null((await first).Error);
        Assert.Null((await running).Error);
    }

    [Fact]
    public async Task A_failed_batch_is_computed_one_by_one_and_only_the_faulty_request_fails()
    {
        using var model = new CountingModel { Faulty = 2 };
        await using InferenceQueue queue = Queue(model, new QueueLimits { BatchWindow = TimeSpan.Zero });
        model.Hold();
        Task<InferOutcome> running = queue.ComputeAsync(Request(0), null, Cancelled);
        await model.Entered;
        Task<InferOutcome>[] batch = [.. Enumerable.Range(1, 3).Select(i => queue.ComputeAsync(Request(i), null, Cancelled))];
        model.Release();
        InferOutcome[] outcomes = await Task.WhenAll(batch);
        Assert.Equal([false, true, false], outcomes.Select(outcome => outcome.Error is not null));
        Assert.Contains("faulty", outcomes[1].Error!.Message, StringComparison.Ordinal);
        Assert.Equal(500, outcomes[1].Error!.Status);
        Assert.Null((await running).Error);
    }

    [Fact]
    public async Task A_request_past_its_deadline_is_never_computed()
    {
        var time = new FakeTimeProvider();
        using var model = new CountingModel();
        await using InferenceQueue queue = Queue(model, new QueueLimits { BatchWindow = TimeSpan.Zero }, time);
        model.Hold();
        Task<InferOutcome> running = queue.ComputeAsync(Request(0), null, Cancelled);
        await model.Entered;
        long soon = time.GetTimestamp() + time.TimestampFrequency;
        Task<InferOutcome> late = queue.ComputeAsync(Request(1), soon, Cancelled);
        time.Advance(TimeSpan.FromSeconds(2));
        model.Release();
        Assert.Equal("expired", (await late).Error!.Code);
        Assert.Contains("2.000 s", (await late).Error!.Message, StringComparison.Ordinal);
        Assert.Null((await running).Error);
        Assert.Equal([1], model.Batches);
    }

    [Fact]
    public async Task A_request_whose_deadline_comes_before_the_end_of_the_window_does_not_wait_for_others()
    {
        var time = new FakeTimeProvider();
        using var model = new CountingModel();
        await using InferenceQueue queue = Queue(model, new QueueLimits { BatchWindow = TimeSpan.FromMilliseconds(50) }, time);
        long soon = time.GetTimestamp() + (time.TimestampFrequency / 50);
        Task<InferOutcome> hurried = queue.ComputeAsync(Request(1), soon, Cancelled);
        Assert.Null((await hurried).Error);
        Assert.Equal([1], model.Batches);
    }

    [Fact]
    public async Task A_queue_that_ends_tells_those_who_wait_and_refuses_others()
    {
        using var model = new CountingModel();
        InferenceQueue queue = Queue(model, new QueueLimits { BatchWindow = TimeSpan.Zero });
        model.Hold();
        Task<InferOutcome> running = queue.ComputeAsync(Request(0), null, Cancelled);
        await model.Entered;
        Task<InferOutcome> waiting = queue.ComputeAsync(Request(1), null, Cancelled);
        ValueTask ended = queue.DisposeAsync();
        model.Release();
        await ended;
        Assert.Null((await running).Error);
        Assert.Equal(503, (await waiting).Error!.Status);
        Assert.Equal(503, (await queue.ComputeAsync(Request(2), null, Cancelled)).Error!.Status);
    }

    [Fact]
    public async Task Requests_to_a_model_with_fixed_rows_are_computed_one_by_one_without_waiting()
    {
        using var model = new CountingModel(rows: 1);
        await using InferenceQueue queue = Queue(model, new QueueLimits { BatchWindow = TimeSpan.FromHours(1) }, new FakeTimeProvider());
        InferOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => queue.ComputeAsync(Request(i), null, Cancelled)));
        Assert.Equal([0, 1, 2, 3, 4], outcomes.Select(outcome => outcome.Outputs![0].Data[0]));
        Assert.Equal([1, 1, 1, 1, 1], model.Batches);
    }

    private static InferenceQueue Queue(CountingModel model, QueueLimits limits, TimeProvider? time = null) =>
        new(model, limits, new OnnxMetrics(new MetricRegistry(), "test"), time ?? TimeProvider.System, NullLogger.Instance);

    private static InferRequest Request(int number) => new()
    {
        Inputs = [new Tensor { Name = "x", Type = InferDatatype.UInt8, Shape = [1], Data = [(byte)number] }],
        Outputs = [new WantedOutput("y", IsBinary: false)],
    };

    /// <summary>Gives inputs back, notes the sizes of batches, and lets a test hold a run up.</summary>
    private sealed class CountingModel(long rows = TensorSpec.Dynamic) : IInferenceModel, IDisposable
    {
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _open = new(initialState: true);

        public ModelSignature Signature { get; } = new(
            [new TensorSpec { Name = "x", Type = InferDatatype.UInt8, Shape = [rows] }],
            [new TensorSpec { Name = "y", Type = InferDatatype.UInt8, Shape = [rows] }]);

        public ConcurrentQueue<int> Batches { get; } = [];

        public byte? Faulty { get; init; }

        public Task Entered => _entered.Task;

        public void Hold() => _open.Reset();

        public void Release() => _open.Set();

        public void Dispose() => _open.Dispose();

        public IReadOnlyList<IReadOnlyList<Tensor>> Run(IReadOnlyList<InferRequest> batch)
        {
            Batches.Enqueue(batch.Count);
            _entered.TrySetResult();
            _open.Wait();
            if (batch.Any(request => request.Inputs[0].Data[0] == Faulty)) throw new InferenceFailedException("A faulty row.");
            return [.. batch.Select(request => (IReadOnlyList<Tensor>)[request.Inputs[0]])];
        }
    }
}
