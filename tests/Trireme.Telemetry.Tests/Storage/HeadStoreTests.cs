using CsCheck;
using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Patterns;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Tests.Storage;

public sealed class HeadStoreTests
{
    private static readonly LabelSet Metric = TestStores.Labels("__name__", "m");

    [Fact]
    public void A_series_holds_what_a_plain_list_would()
    {
        Gen<(int Gap, double Value)> sample = Gen.Select(Gen.Frequency((20, Gen.Int[-2, 5000]), (1, Gen.Const(int.MaxValue))), Gen.Double);
        Gen.Select(sample.Array[1, 600], Gen.Int[0, 600], Gen.Int[0, 600], Gen.Int[0, 3]).Sample(
            (samples, fromAt, toAt, evictions) =>
            {
                HeadStore store = TestStores.Create();
                var reference = new List<Sample>();
                long now = 0;
                foreach ((int gap, double value) in samples)
                {
                    now += gap;
                    AppendOutcome outcome = store.Append(Metric, now, value);
                    if (reference.Count == 0 || now > reference[^1].TimestampMs)
                    {
                        if (outcome != AppendOutcome.Stored) return false;
                        reference.Add(new Sample(now, value));
                    }
                    else if (outcome != (now == reference[^1].TimestampMs ? AppendOutcome.Duplicate : AppendOutcome.OutOfOrder))
                    {
                        return false;
                    }
                }

                MemorySeries series = store.Index.Find(Metric)!;
                long from = reference[fromAt % reference.Count].TimestampMs + (fromAt % 3) - 1;
                long to = reference[toAt % reference.Count].TimestampMs + (toAt % 3) - 1;
                long horizon = evictions == 0 ? long.MinValue : reference[reference.Count / evictions % reference.Count].TimestampMs;
                if (evictions > 0) store.EvictExpired(DateTimeOffset.FromUnixTimeMilliseconds(horizon) + TestStores.WideOptions.Retention);
                var read = new SampleBuffer();
                series.Read(Math.Max(from, horizon), to, read);
                Sample[] expected = [.. reference.Where(held => held.TimestampMs >= Math.Max(from, horizon) && held.TimestampMs <= to)];
                return expected.SequenceEqual(Enumerable.Range(0, read.Count).Select(i => new Sample(read.Timestamps[i], read.Values[i])));
            },
            iter: 500);
    }

    [Fact]
    public void Matchers_select_what_a_scan_of_all_series_would()
    {
        string[] values = ["", "a", "b", "ab", "abc"];
        string[] patterns = ["", "a", "a|b", "a.*", ".+", ".*", "[ab]+", "|a", "(a|b)c?", "\\w\\d?", "a\\.b"];
        HeadStore store = TestStores.Create();
        foreach (string x in values)
        {
            foreach (string y in values) store.Append(TestStores.Labels("__name__", "m", "x", x, "y", y), 0, 1);
        }

        Gen<LabelMatcher> matcher = Gen.Select(
            Gen.Enum<MatchKind>(),
            OneOf("x", "y", "z", "__name__"),
            OneOf(patterns),
            static (kind, name, pattern) => LabelMatcher.Create(kind, name, pattern));
        matcher.List[0, 4].Sample(
            matchers =>
            {
                List<ISeries> expected = [];
                foreach (MemorySeries series in store.Index.All)
                {
                    if (matchers.TrueForAll(test => test.Matches(series.Labels.Get(test.Name)))) expected.Add(series);
                }

                expected.Sort(static (x, y) => LabelSet.Order.Compare(x.Labels, y.Labels));
                return store.Select([.. matchers]).SequenceEqual(expected);
            },
            iter: 2000);
    }

    [Fact]
    public void New_series_beyond_the_bound_are_refused_and_counted()
    {
        var registry = new MetricRegistry();
        HeadStore store = TestStores.Create(new TelemetryOptions { MaxSeries = 2 }, registry);
        Assert.Equal(AppendOutcome.Stored, store.Append(TestStores.Labels("x", "1"), 0, 1));
        Assert.Equal(AppendOutcome.Stored, store.Append(TestStores.Labels("x", "2"), 0, 1));
        Assert.Equal(AppendOutcome.SeriesLimit, store.Append(TestStores.Labels("x", "3"), 0, 1));
        Assert.Equal(AppendOutcome.Stored, store.Append(TestStores.Labels("x", "1"), 1, 1));
        string text = registry.ToText();
        Assert.Contains("trireme_telemetry_samples_dropped_total{reason=\"series_limit\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("trireme_telemetry_series 2\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Beyond_the_byte_bound_the_oldest_samples_go_and_the_latest_stay()
    {
        const long Bound = 200_000;
        HeadStore store = TestStores.Create(new TelemetryOptions { MaxStoreBytes = Bound });
        for (int i = 0; i < 20_000; i++)
        {
            store.Append(TestStores.Labels("x", (i % 7).ToString(System.Globalization.CultureInfo.InvariantCulture)), i, i);
            Assert.True(store.Bytes <= Bound, $"{store.Bytes} bytes after {i} samples");
        }

        var read = new SampleBuffer();
        store.Index.Find(TestStores.Labels("x", "0"))!.Read(0, long.MaxValue, read);
        Assert.Equal(19_999 - (19_999 % 7), read.Timestamps[^1]);
        Assert.InRange(read.Count, 1000, 20_000 / 7);
        Assert.True(read.Timestamps[0] > 0);
    }

    [Fact]
    public void Expired_samples_and_empty_series_are_evicted()
    {
        HeadStore store = TestStores.Create(new TelemetryOptions { Retention = TimeSpan.FromMinutes(1) });
        LabelSet ended = TestStores.Labels("__name__", "ended", "job", "a");
        store.Append(ended, 0, 1);
        using ISeriesAppender appender = store.Open(LabelSet.Empty, SourceKind.Target);
        SeriesRef kept = appender.Refer(Metric);
        TestStores.Append(appender, kept, 70_000, 1);
        long bytes = store.Bytes;
        store.EvictExpired(DateTimeOffset.FromUnixTimeMilliseconds(100_000));
        Assert.Equal(1, store.Index.Count);
        Assert.DoesNotContain("job", store.Index.LabelNames());
        Assert.True(store.Bytes < bytes);
        store.EvictExpired(DateTimeOffset.FromUnixTimeMilliseconds(500_000));
        Assert.Equal(0, store.Index.Count);
        Assert.Equal(0, store.Bytes);
        Assert.Equal(AppendOutcome.Stored, TestStores.Append(appender, kept, 500_000, 2));
        Assert.NotNull(store.Index.Find(Metric));
    }

    [Fact]
    public async Task Readers_see_a_consistent_series_while_one_writes()
    {
        HeadStore store = TestStores.Create(new TelemetryOptions { Retention = TimeSpan.FromSeconds(2) });
        using var done = new CancellationTokenSource();
        Task<int> reader = Task.Run(() =>
        {
            int reads = 0;
            var buffer = new SampleBuffer();
            while (!done.IsCancellationRequested || reads == 0)
            {
                buffer.Clear();
                foreach (MemorySeries series in store.Index.All) series.Read(0, long.MaxValue, buffer);
                for (int i = 0; i < buffer.Count; i++)
                {
                    Assert.Equal(buffer.Timestamps[i], buffer.Values[i]);
                    if (i > 0) Assert.Equal(buffer.Timestamps[i - 1] + 1, buffer.Timestamps[i]);
                }

                reads++;
            }

            return reads;
        });
        for (int i = 1; i <= 200_000; i++)
        {
            store.Append(Metric, i, i);
            if (i % 5000 == 0) store.EvictExpired(DateTimeOffset.FromUnixTimeMilliseconds(i));
        }

        await done.CancelAsync();
        Assert.True(await reader > 0);
    }

    [Theory]
    [InlineData("(?P<n>a)b", "ab", true)]
    [InlineData("[[:alpha:]]+", "abc", true)]
    [InlineData("[[:^x]", ":", true)]
    [InlineData("[]a]+", "]a", true)]
    [InlineData("[^]a]", "a", false)]
    [InlineData("\\d", "٣", false)]
    [InlineData("\\Qa.b\\E+", "a.bbb", true)]
    [InlineData("a.b", "a\nb", true)]
    [InlineData("ab", "ab\n", false)]
    [InlineData("a|b", "ab", false)]
    [InlineData("(?i)ab", "AB", true)]
    public void Patterns_match_as_RE2_does(string pattern, string value, bool expected) =>
        Assert.Equal(expected, LabelMatcher.Create(MatchKind.Regex, "x", pattern).Matches(value));

    [Theory]
    [InlineData("(a")]
    [InlineData("a)(b")]
    [InlineData("a**")]
    [InlineData("[a")]
    [InlineData("\\")]
    [InlineData("(a)\\1")]
    [InlineData("(?=a)b")]
    [InlineData("(a{900}){900}")]
    public void Patterns_that_RE2_refuses_are_refused(string pattern) =>
        Assert.Throws<PatternException>(() => LabelMatcher.Create(MatchKind.Regex, "x", pattern));

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
