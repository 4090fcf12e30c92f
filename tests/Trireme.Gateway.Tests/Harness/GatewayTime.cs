using Microsoft.Extensions.Time.Testing;

namespace Trireme.Gateway.Tests.Harness;

/// <summary>
/// Time that moves only when a test moves it. A test learns that the gateway has begun to wait by the timer it sets, and moves time
/// after that, so that neither can be too early.
/// </summary>
internal sealed class GatewayTime : FakeTimeProvider
{
    private readonly Lock _changing = new();
    private readonly List<TimeSpan> _timers = [];
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        TaskCompletionSource added;
        lock (_changing)
        {
            _timers.Add(dueTime);
            added = _added;
            _added = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        added.SetResult();
        return timer;
    }

    /// <summary>Waits until a timer was set for at least this time and not much more.</summary>
    public async Task TimerAsync(TimeSpan dueTime, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (_changing)
            {
                if (_timers.Exists(due => due >= dueTime && due < dueTime + TimeSpan.FromMilliseconds(10))) return;
                next = _added.Task;
            }

            await next.WaitAsync(cancellationToken);
        }
    }
}
