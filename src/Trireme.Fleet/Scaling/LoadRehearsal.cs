using System.Collections.Immutable;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Scaling;

/// <summary>
/// Finds out how far back to look for the load to be ready for. Whoever is ready for all that came in the last half hour misses little and
/// runs much; whoever looks back two minutes runs less, and does well where load moves slowly beside the time that a start takes. Each of
/// these windows is rehearsed beside the real replicas: its own are ready a start after it wanted them, the work that comes is given to
/// them, and what would have been late is counted. The shortest that was late no more often than may be is the one to go by.
/// </summary>
public sealed record LoadRehearsal
{
    /// <summary>Windows that are rehearsed, shortest first; the last is gone by until another one has shown that it does.</summary>
    public static readonly ImmutableArray<TimeSpan> Windows = [TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(8), LoadHistory.Length];

    /// <summary>Time in which what came of a window is forgotten.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    /// <summary>A window counts once it was rehearsed for so many times its length, or the time of a start.</summary>
    private const double TrialMin = 5;

    /// <summary>What is late in this time does not count: what a replica carries is still being found out.</summary>
    private static readonly TimeSpan BeginningLength = TimeSpan.FromMinutes(3);

    public static LoadRehearsal Fresh { get; } = new();

    private ImmutableArray<Part> Parts { get; init; } = [.. Windows.Select(static _ => new Part())];

    /// <summary>Index of the window that was gone by before a restart; it counts until it has been rehearsed anew.</summary>
    public int Recorded { get; init; } = Windows.Length - 1;

    /// <summary>Index of the window that a status has recorded: the longest where there is no such one.</summary>
    public static int IndexOf(ScalingCapacity recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        int index = Windows.IndexOf(TimeSpan.FromSeconds(recorded.WindowSeconds));
        return index >= 0 ? index : Windows.Length - 1;
    }

    /// <summary>The rehearsal after a further look.</summary>
    /// <param name="now">Steady time.</param>
    /// <param name="seconds">Time since the look before.</param>
    /// <param name="work">Work that came in it.</param>
    /// <param name="terms">What replicas carry, and how long they take to start.</param>
    /// <param name="wanted">Replicas that each window wants now; null where that was not found out anew.</param>
    public LoadRehearsal With(TimeSpan now, double seconds, double work, PlanTerms terms, IReadOnlyList<double>? wanted) => this with
    {
        Parts = [.. Parts.Select((part, i) => part.With(now, seconds, work, terms, wanted?[i]))],
    };

    /// <summary>Index of the window to go by.</summary>
    public int Best(PlanTerms terms)
    {
        for (int i = 0; i < Windows.Length - 1; i++)
        {
            TimeSpan trial = TrialMin * (Windows[i] > terms.Start ? Windows[i] : terms.Start);
            if (Parts[i].Rehearsed >= trial ? Parts[i].Late <= terms.LateShare * Parts[i].Work : i == Recorded) return i;
        }

        return Windows.Length - 1;
    }

    private sealed record Part
    {
        /// <summary>Replicas that were wanted, from when on, oldest first.</summary>
        private ImmutableList<(TimeSpan At, double Count)> Wanted { get; init; } = [];

        private double Open { get; init; }

        public TimeSpan Rehearsed { get; private init; }

        public double Work { get; private init; }

        public double Late { get; private init; }

        public Part With(TimeSpan now, double seconds, double work, PlanTerms terms, double? wanted)
        {
            ImmutableList<(TimeSpan At, double Count)> known = Wanted;
            if (wanted is { } more)
            {
                double count = Math.Max(1, Math.Ceiling(more));
                if (known is not [.., var last] || last.Count != count) known = known.Add((now, count));
            }

            while (known.Count > 1 && known[1].At <= now - terms.Start) known = known.RemoveAt(0);
            if (known.IsEmpty) return this;

            // Ready is who was wanted all the time that a start takes.
            double ready = known.Min(static item => item.Count);
            double open = terms.Capacity.Left(Open + work, ready, seconds);
            double kept = Math.Exp(-seconds / Memory.TotalSeconds);
            Part next = this with { Wanted = known, Open = open, Rehearsed = Rehearsed + TimeSpan.FromSeconds(seconds) };

            // The beginning tells of what was not known then, and not of the window.
            if (Rehearsed < BeginningLength) return next;
            return next with
            {
                Work = (Work * kept) + work,
                Late = (Late * kept) + (work * terms.Capacity.LateAt(open / ready)),
            };
        }
    }
}
