using System.Diagnostics;
using System.Globalization;
using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Benchmarks;

/// <summary>The store at its bounds.</summary>
internal static class StoreBenchmark
{
    private const int SeriesPerSource = 10_000;

    /// <summary>Rounds after the store was full first; the chunks of all series fill in the same rounds meanwhile, several times.</summary>
    private const int RoundsWhenFull = 400;

    public static void LockStep(int series, SortedDictionary<string, double> figures)
    {
        // The bound holds each series some five hundred samples, so that it is reached before the retention.
        var options = new TelemetryOptions { MaxSeries = series, MaxStoreBytes = Math.Min(512L << 20, series * 8000L) };
        long before = Heap();
        HeadStore store = Create(options);
        BenchSource[] sources = [.. Enumerable.Range(0, series / SeriesPerSource)
            .Select(i => new BenchSource(store, "target-" + i.ToString(CultureInfo.InvariantCulture)))];
        var commits = new List<double>();
        var full = new List<double>();
        long most = 0;
        bool isFull = false;
        for (int round = 0, left = RoundsWhenFull; left > 0; round++)
        {
            foreach (BenchSource source in sources)
            {
                (isFull ? full : commits).Add(source.Append(round, 0, SeriesPerSource));
                most = Math.Max(most, store.Bytes);
            }

            isFull |= store.Bytes > options.MaxStoreBytes * 0.98;
            if (isFull) left--;
        }

        long held = Heap() - before;
        string name = $"lockstep_{series / 1000}k_";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"lockstep {series,7:N0} series, batches of {SeriesPerSource:N0}: before full {Line(commits)}; full {Line(full)}; "
            + $"accounted {Mib(most)} of {Mib(options.MaxStoreBytes)} MiB, heap {Mib(held)} MiB, "
            + $"{store.Index.Count:N0} series, {sources.Sum(static source => source.Refused):N0} samples refused"));
        figures[name + "commit_ms_p50_before_full"] = Percentile(commits, 0.5);
        figures[name + "commit_ms_p50_full"] = Percentile(full, 0.5);
        figures[name + "commit_ms_max_full"] = full.Max();
        figures[name + "heap_over_bound"] = held / (double)options.MaxStoreBytes;
        figures[name + "series"] = store.Index.Count;
        figures[name + "refused"] = sources.Sum(static source => source.Refused);
        GC.KeepAlive(sources);
    }

    public static void Churn(SortedDictionary<string, double> figures)
    {
        const int Rounds = 120;
        const int New = 10_000;
        var options = new TelemetryOptions();
        long before = Heap();
        HeadStore store = Create(options);
        BenchSource[] churning = [new(store, "churn-1"), new(store, "churn-2"), new(store, "churn-3")];
        var steady = new BenchSource(store, "steady");
        var reports = new BenchSource(store, "scrapes", SourceKind.Platform);
        var commits = new List<double>();
        var own = new List<double>();
        for (int round = 0; round < Rounds; round++)
        {
            foreach (BenchSource source in churning) commits.Add(source.Append(round, round * New, New));
            own.Add(steady.Append(round, 0, 300));
            own.Add(reports.Append(round, 0, 15 + (3 * round)));
        }

        var late = new BenchSource(store, "late");
        late.Append(Rounds, 0, 300);
        long held = Heap() - before;
        int shortest = Shortest(store, "steady");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"churn {churning.Length} x {New:N0} new series per round, {Rounds} rounds: commits {Line(commits)}; others {Line(own)}; "
            + $"steady keeps {shortest} of {Rounds} samples, refused: steady {steady.Refused}, "
            + $"scrapes {reports.Refused}, late {late.Refused}; {store.Index.Count:N0} series, "
            + $"accounted {Mib(store.Bytes)} of {Mib(options.MaxStoreBytes)} MiB, heap {Mib(held)} MiB; "
            + $"named: {store.TakeLosses()?.Source}"));
        figures["churn_commit_ms_max"] = commits.Max();
        figures["churn_steady_kept_share"] = shortest / (double)Rounds;
        figures["churn_refused_of_others"] = steady.Refused + reports.Refused + late.Refused;
        figures["churn_heap_over_bound"] = held / (double)options.MaxStoreBytes;
        GC.KeepAlive(churning);
    }

    public static void ManySources(SortedDictionary<string, double> figures)
    {
        const int Sources = 5000;
        const int Series = 40;
        var options = new TelemetryOptions { MaxSeries = Sources * Series, MaxStoreBytes = 256L << 20 };
        HeadStore store = Create(options);
        BenchSource[] sources =
            [.. Enumerable.Range(0, Sources).Select(i => new BenchSource(store, "t" + i.ToString(CultureInfo.InvariantCulture)))];
        var full = new List<double>();
        var rounds = new List<double>();
        for (int round = 0; round < 120; round++)
        {
            bool isFull = store.Bytes > options.MaxStoreBytes * 0.98;
            long started = Stopwatch.GetTimestamp();
            foreach (BenchSource source in sources)
            {
                double commit = source.Append(round, 0, Series);
                if (isFull) full.Add(commit);
            }

            if (isFull) rounds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"sources {Sources:N0} x {Series} series: full {Line(full)}, a round of all {Line(rounds)}, accounted {Mib(store.Bytes)} of "
            + $"{Mib(options.MaxStoreBytes)} MiB"));
        figures["sources_commit_ms_max_full"] = full.Max();
        figures["sources_round_ms_p50_full"] = Percentile(rounds, 0.5);
        GC.KeepAlive(sources);
    }

    private static HeadStore Create(TelemetryOptions options) => new(options, new HeadMetrics(new MetricRegistry()));

    private static int Shortest(HeadStore store, string job)
    {
        var read = new SampleBuffer();
        int shortest = int.MaxValue;
        LabelMatcher[] ofJob = [LabelMatcher.Create(MatchKind.Equal, "job", job)];
        foreach (ISeries series in store.Select(ofJob, 0, long.MaxValue, CancellationToken.None))
        {
            read.Clear();
            series.Read(0, long.MaxValue, read);
            shortest = Math.Min(shortest, read.Count);
        }

        return shortest;
    }

    private static long Heap() => GC.GetTotalMemory(forceFullCollection: true);

    private static double Mib(long bytes) => Math.Round(bytes / (double)(1 << 20), 1);

    private static string Line(List<double> milliseconds) => string.Create(
        CultureInfo.InvariantCulture,
        $"p50 {Percentile(milliseconds, 0.5):0.0} p99 {Percentile(milliseconds, 0.99):0.0} max {milliseconds.Max():0.0} ms");

    private static double Percentile(List<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)(share * (sorted.Length - 1))];
    }
}
