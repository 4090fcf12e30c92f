using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Trireme.Worker.Tests.Onnx;

/// <summary>
/// A clock that stands until it is advanced, and shows which timers are set, so that a test advances it only when one is.
/// </summary>
internal sealed class ObservedTime : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Completes when a further timer with this due time is set.</summary>
    public async Task TimerDueInAsync(TimeSpan dueTime, CancellationToken cancellationToken)
    {
        while (await _timers.Reader.ReadAsync(cancellationToken) != dueTime)
        {
        }
    }
}
