using Trireme.Contracts.Resources;
using Trireme.Fleet.Scaling;
using Trireme.Gateway.Accounting;

namespace Trireme.Gateway.Load;

/// <summary>
/// Counts what scaling wants to know of one service. Lives as long as the service has spec.scaling, across snapshots, and is written by all
/// of its requests at once.
/// </summary>
internal sealed class LoadCounters
{
    private readonly Lock _holding = new();
    private readonly SortedDictionary<long, int> _heldSince = [];
    private readonly Lock _answering = new();
    private readonly LoadCell[] _cells = new LoadCell[LoadClasses.Count];
    private readonly RequestWeights _weights = new();
    private long _arrived;
    private long _work;
    private long _workInFlight;
    private long _judged;
    private long _met;
    private int _held;

    /// <summary>Requests that wait for a replica.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>A request begins to wait. Returns true for the first one.</summary>
    public bool Hold(long timestamp)
    {
        lock (_holding)
        {
            _heldSince[timestamp] = _heldSince.GetValueOrDefault(timestamp) + 1;
            return Interlocked.Increment(ref _held) == 1;
        }
    }

    public void Release(long timestamp)
    {
        lock (_holding)
        {
            Interlocked.Decrement(ref _held);
            int same = _heldSince.GetValueOrDefault(timestamp) - 1;
            if (same > 0) _heldSince[timestamp] = same;
            else _heldSince.Remove(timestamp);
        }
    }

    /// <summary>A request arrives whose body is so long. Returns its work, in thousandths of a usual request's.</summary>
    public long Begin(long bytes)
    {
        long work = _weights.Of(bytes);
        Interlocked.Increment(ref _arrived);
        Interlocked.Add(ref _work, work);
        Interlocked.Add(ref _workInFlight, work);
        return work;
    }

    public void End(long work) => Interlocked.Add(ref _workInFlight, -work);

    /// <summary>A request has ended, however it did.</summary>
    /// <param name="slo">What was to be attained.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="timing">When what happened.</param>
    public void Close(SloSpec slo, RequestOutcome outcome, RequestTiming timing)
    {
        bool failed = outcome.Status >= 500 || (!outcome.IsComplete && outcome.EndedBy != RequestEnd.Client);
        bool answered = outcome.IsComplete && outcome.Status < 400;
        if (answered && outcome.Usage is { Prompt: > 0 } usage)
        {
            lock (_answering) _weights.Add(timing.BodyBytes, usage.Prompt, usage.Generated);
        }

        // A request that woke the service waited by intent, and says nothing of how many replicas are enough.
        if (!timing.WasHeld && (failed || answered))
        {
            Count(failed ? false : SloCheck.IsMet(slo, outcome.TimeToFirstToken, timing.Elapsed, outcome.Usage?.Generated));
        }

        if (!answered || timing.Asked is not { } asked) return;
        TimeSpan before = timing.Elapsed - asked;
        TimeSpan? firstToken = outcome.TimeToFirstToken is { } first && first > before ? first - before : outcome.TimeToFirstToken;
        if (SloCheck.IsMet(slo, firstToken, asked, outcome.Usage?.Generated) is not { } met) return;
        lock (_answering)
        {
            ref LoadCell cell = ref _cells[LoadClasses.IndexOf(RequestWeights.InRequests(timing.WorkBeside))];
            cell = new LoadCell(cell.Judged + 1, cell.Met + (met ? 1 : 0));
        }
    }

    /// <summary>Everything counted so far.</summary>
    /// <param name="at">Time of the reading.</param>
    /// <param name="elapsedSince">What has passed since a timestamp.</param>
    public ServiceLoad Read(LoadStamp at, Func<long, TimeSpan> elapsedSince)
    {
        long? oldest = null;
        lock (_holding)
        {
            foreach ((long timestamp, _) in _heldSince)
            {
                oldest = timestamp;
                break;
            }
        }

        LoadCell[] cells;
        lock (_answering) cells = [.. _cells];

        // What was met is read before what was judged, so that never more is met than judged.
        long met = Volatile.Read(ref _met);
        return new ServiceLoad
        {
            Source = at.Source,
            Sequence = at.Sequence,
            At = at.At,
            Held = Held,
            LongestHeld = oldest is { } since ? elapsedSince(since) : TimeSpan.Zero,
            WorkInFlight = RequestWeights.InRequests(Volatile.Read(ref _workInFlight)),
            Arrived = Volatile.Read(ref _arrived),
            Work = RequestWeights.InRequests(Volatile.Read(ref _work)),
            Judged = Volatile.Read(ref _judged),
            Met = met,
            Cells = cells,
        };
    }

    private void Count(bool? isMet)
    {
        if (isMet is not { } met) return;
        Interlocked.Increment(ref _judged);
        if (met) Interlocked.Increment(ref _met);
    }
}

/// <summary>When a request did what.</summary>
internal readonly record struct RequestTiming
{
    /// <summary>From its arrival to its end.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>From when the replica that answered got it to its end; null if none did.</summary>
    public TimeSpan? Asked { get; init; }

    /// <summary>Work that the replica had in flight meanwhile, this one included, in thousandths of a usual request's.</summary>
    public long WorkBeside { get; init; }

    /// <summary>True if it waited for a replica.</summary>
    public bool WasHeld { get; init; }

    public long BodyBytes { get; init; }
}

/// <summary>Which reading of which router, and when.</summary>
internal readonly record struct LoadStamp(string Source, long Sequence, TimeSpan At);
