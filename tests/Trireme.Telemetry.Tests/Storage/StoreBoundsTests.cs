using System.Globalization;
using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Tests.Storage;

/// <summary>What the store does at its bounds, whatever its sources bring.</summary>
public sealed class StoreBoundsTests
{
    private const long IntervalMs = 2000;

    [Theory]
    [InlineData(17_000, 24)]
    [InlineData(20_000, 48)]
    public void Series_in_lock_step_at_the_bound_give_their_oldest_samples(int series, int mebibytes)
    {
        long bound = (long)mebibytes << 20;
        var registry = new MetricRegistry();
        HeadStore store = TestStores.Create(new TelemetryOptions { MaxStoreBytes = bound }, registry);
        var target = new Target(store, "big");
        const int Rounds = 200;
        for (int round = 0; round < Rounds; round++)
        {
            target.Append(round, Range(0, series));
            Assert.True(store.Bytes <= bound, $"{store.Bytes} bytes in round {round}");
        }

        var read = new SampleBuffer();
        int shortest = int.MaxValue;
        foreach (ISeries one in store.Select())
        {
            read.Clear();
            one.Read(0, long.MaxValue, read);
            Assert.Equal((Rounds - 1) * IntervalMs, read.Timestamps[^1]);
            shortest = Math.Min(shortest, read.Count);
        }

        Assert.Equal(series, store.Index.Count);
        Assert.True(shortest >= 8, $"the shortest series has {shortest} samples");
        Assert.DoesNotContain("samples_evicted_total{reason=\"memory\"} 0\n", registry.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Churning_targets_leave_a_steady_one_its_history_and_a_new_one_its_up()
    {
        const long Bound = 24L << 20;
        HeadStore store = TestStores.Create(new TelemetryOptions { MaxStoreBytes = Bound, MaxSeries = 12_000 });
        Target[] churning = [new(store, "churn-1"), new(store, "churn-2"), new(store, "churn-3")];
        var steady = new Target(store, "steady");
        var reports = new Target(store, "scrapes", SourceKind.Platform);
        const int Rounds = 100;
        for (int round = 0; round < Rounds; round++)
        {
            steady.Append(round, Range(0, 100));
            foreach (Target target in churning) target.Append(round, Range(round * 2000, 2000));
            Assert.Equal(0, reports.Append(round, Range(0, 3 + round)).OverSeriesLimit);
            Assert.True(store.Bytes <= Bound && store.Index.Count <= 12_000);
        }

        Assert.All(Samples(store, "steady"), static count => Assert.Equal(Rounds, count));
        var late = new Target(store, "late");
        Assert.Equal(300, late.Append(Rounds, Range(0, 300)).Stored);
        Assert.Equal(303, reports.Append(Rounds, Range(0, 303)).Stored);
    }

    [Fact]
    public void A_new_source_takes_series_from_the_one_that_has_most_though_all_are_live()
    {
        HeadStore store = TestStores.Create(new TelemetryOptions { MaxSeries = 17_000 });
        var big = new Target(store, "big");
        Assert.Equal(17_000, big.Append(0, Range(0, 17_000)).Stored);
        Assert.Equal(1000, big.Append(1, Range(0, 18_000)).OverSeriesLimit);
        var late = new Target(store, "late");
        Assert.Equal(300, late.Append(1, Range(0, 300)).Stored);
        Assert.Equal(1, new Target(store, "scrapes", SourceKind.Platform).Append(1, Range(0, 1)).Stored);
        // What was taken is not taken back.
        Assert.Equal(1301, big.Append(2, Range(0, 18_000)).OverSeriesLimit);
        Assert.Equal(300, late.Append(2, Range(0, 300)).Stored);
    }

    [Fact]
    public void A_source_that_is_gone_gives_like_the_others_and_one_that_comes_back_goes_on()
    {
        HeadStore store = TestStores.Create(new TelemetryOptions { MaxSeries = 100 });
        using (var gone = new Target(store, "gone"))
        {
            gone.Append(0, Range(0, 60));
            gone.Append(1, []);
        }

        Assert.Equal(60, store.Index.Count);
        Assert.Equal(100, new Target(store, "next").Append(2, Range(0, 100)).Stored);
        Assert.Empty(Samples(store, "gone"));
        Assert.Equal(10, new Target(store, "gone").Append(3, Range(0, 10)).Stored);
    }

    [Fact]
    public void Platform_series_beyond_their_half_make_room_for_targets()
    {
        const long Bound = 8L << 20;
        HeadStore store = TestStores.Create(new TelemetryOptions { MaxStoreBytes = Bound });
        var platform = new Target(store, "gateway", SourceKind.Platform);
        for (int round = 0; round < 200; round++) platform.Append(round, Range(0, 5000));
        var target = new Target(store, "replica");
        for (int round = 200; round < 500; round++)
        {
            platform.Append(round, Range(0, 5000));
            Assert.Equal(500, target.Append(round, Range(0, 500)).Stored);
        }

        Assert.All(Samples(store, "replica"), static count => Assert.True(count > 100, $"{count} samples"));
    }

    [Fact]
    public void At_a_bound_too_small_for_anything_samples_are_refused_and_counted()
    {
        var registry = new MetricRegistry();
        HeadStore store = TestStores.Create(new TelemetryOptions { MaxStoreBytes = 10_000 }, registry);
        var target = new Target(store, "x");
        CommitResult result = target.Append(0, Range(0, 1000));
        Assert.True(result is { Stored: > 0, OverMemoryLimit: > 0 } && result.Stored + result.OverMemoryLimit == 1000);
        for (int round = 1; round < 300; round++) target.Append(round, Range(0, 1000));
        Assert.True(store.Bytes <= 10_000);
        Assert.NotEmpty(store.Select());
        Assert.DoesNotContain("samples_dropped_total{reason=\"memory_limit\"} 0\n", registry.ToText(), StringComparison.Ordinal);
    }

    /// <summary>Random sources over random rounds; the accounts always agree with what can be read.</summary>
    [Fact]
    public void Accounts_agree_with_the_content_whatever_happens()
    {
        for (int seed = 0; seed < 12; seed++)
        {
            var random = new Random(seed);
            var options = new TelemetryOptions
            {
                MaxStoreBytes = random.Next(50_000, 2_000_000),
                MaxSeries = random.Next(20, 2000),
                Retention = TimeSpan.FromSeconds(random.Next(20, 600)),
            };
            HeadStore store = TestStores.Create(options);
            var targets = new List<Target>();
            for (int round = 0; round < 300; round++)
            {
                if (targets.Count < 8 && random.Next(10) == 0)
                {
                    string job = "t" + random.Next(10).ToString(CultureInfo.InvariantCulture);
                    targets.Add(new Target(store, job, (SourceKind)random.Next(2)));
                }

                foreach (Target target in targets) target.Append(round, Range(random.Next(3) * 10, random.Next(400)), random.Next(20) == 0);
                if (targets.Count > 0 && random.Next(20) == 0)
                {
                    int gone = random.Next(targets.Count);
                    targets[gone].Dispose();
                    targets.RemoveAt(gone);
                }

                if (random.Next(10) == 0) store.EvictExpired(DateTimeOffset.FromUnixTimeMilliseconds(round * IntervalMs));
                Check(store, options, seed);
            }

            store.EvictExpired(DateTimeOffset.FromUnixTimeMilliseconds(1000 * IntervalMs));
            Assert.Equal((0, 0L), (store.Index.Count, store.Bytes));
        }
    }

    private static void Check(HeadStore store, TelemetryOptions options, int seed)
    {
        long bytes = 0;
        int count = 0;
        foreach (MemorySeries series in store.Index.All)
        {
            if (series.Removed) continue;
            count++;
            bytes += MemorySeries.OverheadOf(series.Labels);
            foreach (Chunk chunk in series.Chunks) bytes += chunk.Bytes;
        }

        Assert.True(bytes == store.Bytes && bytes <= options.MaxStoreBytes, $"seed {seed}: {bytes} bytes, accounted {store.Bytes}");
        Assert.True(count == store.Index.Count && count <= options.MaxSeries, $"seed {seed}: {count} series");
        Assert.Equal(count, store.Select().Count);
    }

    private static IEnumerable<int> Samples(HeadStore store, string job)
    {
        var read = new SampleBuffer();
        foreach (ISeries series in store.Select(LabelMatcher.Create(MatchKind.Equal, "job", job)))
        {
            read.Clear();
            series.Read(0, long.MaxValue, read);
            yield return read.Count;
        }
    }

    private static int[] Range(int from, int count) => [.. Enumerable.Range(from, count)];

    /// <summary>A source as a scraper drives it: series that vanish end with a stale marker.</summary>
    private sealed class Target(HeadStore store, string job, SourceKind kind = SourceKind.Target) : IDisposable
    {
        private readonly ISeriesAppender _appender = store.Open(TestStores.Labels("job", job), kind);
        private Dictionary<int, SeriesRef> _last = [];

        public CommitResult Append(int round, int[] numbers, bool histograms = false)
        {
            var current = new Dictionary<int, SeriesRef>();
            _appender.Begin();
            foreach (int number in numbers)
            {
                if (!_last.Remove(number, out SeriesRef? series)) series = _appender.Refer(Labels(number));
                _appender.Append(series, round * IntervalMs, histograms ? new SampleValue(TestStores.Histogram) : round);
                current.Add(number, series);
            }

            foreach (SeriesRef series in _last.Values) _appender.Append(series, round * IntervalMs, StaleMarker.Value);
            _last = current;
            return _appender.Commit();
        }

        public void Dispose() => _appender.Dispose();

        private LabelSet Labels(int number) =>
            TestStores.Labels("__name__", "m", "job", job, "i", number.ToString(CultureInfo.InvariantCulture));
    }
}
