using System.Globalization;

namespace Trireme.Testing;

/// <summary>
/// Decides by a seed what goes wrong. The same seed over the same deterministic run gives the same faults, so a failure is replayed by
/// its seed alone. Faults end at a chosen time, after which whatever was disturbed must recover.
/// </summary>
public sealed class FaultPlan
{
    private const int RememberedFaults = 40;

    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly Queue<string> _recent = new();
    private readonly Dictionary<(Fault Fault, string Where), int> _struck = [];

    public FaultPlan(int seed, TimeProvider time)
    {
        Seed = seed;
        _time = time;
#pragma warning disable CA5394 // Reproducible by intent.
        _random = new Random(seed);
#pragma warning restore CA5394
    }

    public int Seed { get; }

    /// <summary>Share of calls and changes that something happens to, from 0 to 1.</summary>
    public double Rate { get; init; } = 0.1;

    /// <summary>Faults that do not happen in this plan.</summary>
    public IReadOnlyCollection<Fault> Spared { get; init; } = [];

    /// <summary>From then on nothing goes wrong any more; null for never.</summary>
    public DateTimeOffset? CalmAt { get; set; }

    public bool IsCalm => CalmAt <= _time.GetUtcNow();

    /// <summary>Faults so far.</summary>
    public int Count { get; private set; }

    /// <summary>Draws whether something goes wrong here, and which of the possible faults.</summary>
    /// <param name="where">What it happens to, for the record of the last faults.</param>
    /// <param name="possible">The faults that can happen here.</param>
    public Fault? Strike(string where, ReadOnlySpan<Fault> possible)
    {
        if (IsCalm || possible.IsEmpty || !Chance(Rate)) return null;
        Fault fault = possible[Number(0, possible.Length - 1)];
        if (Spared.Contains(fault)) return null;
        _struck[(fault, where)] = CountOf(fault, where) + 1;
        Note($"{fault} of {where}");
        return fault;
    }

    /// <summary>True if a fault of this kind has happened.</summary>
    public bool HasStruck(Fault fault) => _struck.Keys.Any(place => place.Fault == fault);

    /// <summary>How often a fault happened to one kind of call, such as "create modelreplicas".</summary>
    public int CountOf(Fault fault, string where) => _struck.GetValueOrDefault((fault, where));

    /// <summary>True with the given chance, calm or not.</summary>
    public bool Chance(double share)
    {
#pragma warning disable CA5394
        return _random.NextDouble() < share;
#pragma warning restore CA5394
    }

    /// <summary>A whole number between two others, both included.</summary>
    public int Number(int least, int most)
    {
#pragma warning disable CA5394
        return _random.Next(least, most + 1);
#pragma warning restore CA5394
    }

    public TimeSpan Pause(TimeSpan least, TimeSpan most) =>
        TimeSpan.FromMilliseconds(Number((int)least.TotalMilliseconds, (int)most.TotalMilliseconds));

    public T Choose<T>(IReadOnlyList<T> from) => from[Number(0, from.Count - 1)];

    /// <summary>Remembers something that was done to the program.</summary>
    public void Note(string what)
    {
        Count++;
        if (_recent.Count == RememberedFaults) _recent.Dequeue();
        _recent.Enqueue($"{_time.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {what}");
    }

    public override string ToString() =>
        $"seed {Seed}, {Count} faults, the last of them:\n  {string.Join("\n  ", _recent)}";
}
