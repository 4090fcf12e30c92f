namespace Trireme.Inference.Tests.Engine;

/// <summary>Holds the engine in its next step until it is opened.</summary>
internal sealed class StepGate : IDisposable
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _open = new();

    public StepGate(AlphabetModel model)
        : this(pass => model.BeforeStep = _ => pass())
    {
    }

    /// <param name="install">Has a model call what it is given before each step.</param>
    public StepGate(Action<Action> install) =>
        install(() =>
        {
            _entered.TrySetResult();
            _open.Wait();
        });

    public Task Entered => _entered.Task;

    public void Open() => _open.Set();

    /// <summary>Left open: the engine's thread may still pass through.</summary>
    public void Dispose() => _open.Set();
}
