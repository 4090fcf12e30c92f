using System.IO.Enumeration;
using Trireme.Listening;
using Trireme.Settings;

namespace Trireme.Hosting.Listening;

/// <summary>
/// How many connections the listeners may have at this moment under the process' limit of open files. What else is open is counted, not
/// guessed: assemblies, the store, and a handful for each replica, of which there may be three or three hundred. A margin beside it stays
/// free for what the control plane opens next. Counting costs time in proportion to what is open, so it happens when connections come,
/// and at most once a second.
/// </summary>
internal sealed class DescriptorBudget : IDescriptorLedger
{
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly long _limit;
    private readonly PlatformSettings _settings;
    private readonly Func<long> _countOpen;
    private readonly TimeProvider _time;
    private long _counted;
    private int _connections;
    private ListenerCapacity _capacity;

    /// <param name="limit">Files this process may have open.</param>
    /// <param name="settings">What the listeners should have.</param>
    /// <param name="countOpen">Files open now.</param>
    /// <param name="time">Tells when to count again.</param>
    /// <exception cref="CommandException">The limit is too low for any platform.</exception>
    public DescriptorBudget(long limit, PlatformSettings settings, Func<long> countOpen, TimeProvider time)
    {
        if (limit < ListenerCapacity.LeastLimit) throw ListenerCapacity.TooLow(limit);
        _limit = limit;
        _settings = settings;
        _countOpen = countOpen;
        _time = time;
        AtStart = ListenerCapacity.Of(limit, Others(), settings);
        _capacity = AtStart;
        _counted = time.GetTimestamp();
    }

    /// <summary>What the listeners get on a platform that has just started.</summary>
    public ListenerCapacity AtStart { get; }

    /// <summary>The budget of this process.</summary>
    public static DescriptorBudget OfThisProcess(PlatformSettings settings) =>
        new(OpenFileLimit.Current(), settings, CountOpen, TimeProvider.System);

    /// <summary>What the listeners may have now. Called for every connection that comes.</summary>
    public ListenerCapacity Current()
    {
        lock (_lock)
        {
            if (_limit != long.MaxValue && _time.GetElapsedTime(_counted) >= CountInterval)
            {
                _capacity = ListenerCapacity.Of(_limit, Others(), _settings);
                _counted = _time.GetTimestamp();
            }

            return _capacity;
        }
    }

    public void Opened()
    {
        lock (_lock) _connections++;
    }

    public void Closed()
    {
        lock (_lock) _connections--;
    }

    private long Others() => Math.Max(_countOpen() - _connections, ListenerCapacity.OpenAtRest);

    private static long CountOpen()
    {
        if (!Directory.Exists(OpenFileLimit.Folder)) return 0;
        try
        {
            // Nothing of an entry is looked at: a link to what was deleted is open too.
            var options = new EnumerationOptions { AttributesToSkip = 0 };
            return new FileSystemEnumerable<byte>(OpenFileLimit.Folder, static (ref entry) => 0, options).LongCount();
        }
        catch (IOException)
        {
            // The folder itself could not be opened: nothing is left.
            return int.MaxValue;
        }
    }
}
