using System.Diagnostics.CodeAnalysis;
using Trireme.Contracts.Resources;

namespace Trireme.Worker.Hosting;

/// <summary>
/// The state of a worker and the requests it has open. A request enters only while the worker is ready; once it drains or has
/// failed, nothing enters and the last request to leave completes <see cref="Drained"/>.
/// </summary>
internal sealed class WorkerLifecycle
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WorkerState _state = WorkerState.Loading;
    private LoadedModel? _model;
    private volatile StartupStage? _listening;
    private string? _failure;
    private int _open;

    public WorkerState State
    {
        get
        {
            lock (_lock) return _state;
        }
    }

    /// <summary>What failed; null unless the state is Failed.</summary>
    public string? Failure
    {
        get
        {
            lock (_lock) return _failure;
        }
    }

    /// <summary>The loaded model, also while the worker drains.</summary>
    public LoadedModel? Model
    {
        get
        {
            lock (_lock) return _model;
        }
    }

    /// <summary>Requests that are open.</summary>
    public int Open
    {
        get
        {
            lock (_lock) return _open;
        }
    }

    /// <summary>What it took to listen; null before that.</summary>
    public StartupStage? Listening
    {
        get => _listening;
        set => _listening = value;
    }

    /// <summary>Completes when the worker is to end, by order or by failure.</summary>
    public Task StopRequested => _stopRequested.Task;

    /// <summary>Completes when the worker is to end and no request is open.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Opens a request when the worker is ready; the caller then leaves exactly once.</summary>
    public bool TryEnter([NotNullWhen(true)] out LoadedModel? model, out WorkerState state)
    {
        lock (_lock)
        {
            state = _state;
            model = state == WorkerState.Ready ? _model : null;
            if (model is null) return false;
            _open++;
            return true;
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            _open--;
            CompleteWhenIdle();
        }
    }

    /// <summary>Takes requests from now on, unless the worker was asked to end while it loaded.</summary>
    public void BecomeReady(LoadedModel model)
    {
        lock (_lock)
        {
            _model = model;
            if (_state == WorkerState.Loading) _state = WorkerState.Ready;
        }
    }

    public void Drain() => End(WorkerState.Draining, failure: null);

    public void Fail(string message) => End(WorkerState.Failed, message);

    private void End(WorkerState state, string? failure)
    {
        lock (_lock)
        {
            if (_state is WorkerState.Draining or WorkerState.Failed) return;
            _state = state;
            _failure = failure;
            _stopRequested.TrySetResult();
            CompleteWhenIdle();
        }
    }

    private void CompleteWhenIdle()
    {
        if (_open == 0 && _state is (WorkerState.Draining or WorkerState.Failed)) _drained.TrySetResult();
    }
}
