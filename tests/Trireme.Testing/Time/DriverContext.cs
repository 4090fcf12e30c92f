using System.Reflection;
using System.Text.RegularExpressions;

namespace Trireme.Testing;

/// <summary>The work queue of a <see cref="TimeDriver"/>, and its guard against work that comes from another thread.</summary>
internal sealed partial class DriverContext : SynchronizationContext
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly Lock _lock = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private readonly List<string> _escapes = [];

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_lock)
        {
            if (Environment.CurrentManagedThreadId != _thread) _escapes.Add(Name(state));
            _queue.Enqueue((d, state));
        }
    }

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Blocking calls into a time driver would never return.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs the next callback; false if there is none.</summary>
    public bool RunOne()
    {
        (SendOrPostCallback Callback, object? State) next;
        lock (_lock)
        {
            if (!_queue.TryDequeue(out next)) return false;
        }

        next.Callback(next.State);
        return true;
    }

    public void ThrowEscapes()
    {
        string[] escapes;
        lock (_lock)
        {
            escapes = [.. _escapes.Distinct()];
            _escapes.Clear();
        }

        if (escapes.Length == 0) return;
        throw new InvalidOperationException(
            $"Work left the driven thread and came back from another one, into {string.Join(" and ", escapes)}. Look there for Task.Run, "
            + "CancelAsync, ConfigureAwait(false), AsTask, or WaitAsync and WhenAll over a source with asynchronous continuations.");
    }

    /// <summary>The asynchronous method that goes on with a continuation, as far as the runtime's own types tell.</summary>
    private static string Name(object? state)
    {
        Action? action = state as Action ?? state?.GetType()
            .GetFields(BindingFlags.Instance | BindingFlags.NonPublic)
            .Where(field => field.FieldType == typeof(Action))
            .Select(field => (Action?)field.GetValue(state))
            .FirstOrDefault(found => found is not null);
        string type = (action?.Target ?? state)?.GetType().ToString() ?? "an unknown callback";
        Match machine = StateMachine().Match(type);
        return machine.Success ? $"{machine.Groups["type"].Value}.{machine.Groups["method"].Value}" : type;
    }

    [GeneratedRegex(@"(?<type>[\w.`]+)\+<(?<method>\w+)>d__")]
    private static partial Regex StateMachine();
}
