using System.Text;
using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Scraping;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Tests.Scraping;

public sealed class TargetSeriesTests : IDisposable
{
    private readonly HeadStore _store = TestStores.Create();
    private readonly MetricMetadata _metadata = new();
    private readonly TargetSeries _target;

    public TargetSeriesTests() => _target = new TargetSeries(
        TestStores.Labels("job", "worker", "instance", "i"),
        _store.Open(TestStores.Labels("job", "worker"), SourceKind.Target),
        _metadata,
        new TelemetryOptions { MaxSamplesPerScrape = 5 });

    [Theory]
    [InlineData("a 1", "a")]
    [InlineData("a 1 1700000000000", "a")]
    [InlineData("  a\t 1\r", "a")]
    [InlineData("a{} 1", "a")]
    [InlineData("a {b=\"c\"} 1", "a{b=\"c\"}")]
    [InlineData("a{ b = \"c\" , d=\"e\", } 1", "a{b=\"c\", d=\"e\"}")]
    [InlineData("a:b{c=\"}{\"} 1", "a:b{c=\"}{\"}")]
    [InlineData("a{b=\"\\\"\\\\\\n\"} 1", "a{b=\"\\\"\\\\\\n\"}")]
    [InlineData("a{b=\"\"} 1", "a")]
    [InlineData("a_total 1 # {trace_id=\"x\"} 0.67 1.5", "a_total")]
    [InlineData("a_bucket{le=\"+Inf\"} 1 1.5 # {} 2", "a_bucket{le=\"+Inf\"}")]
    [InlineData("a{b=\"é\"} 1\n# EOF", "a{b=\"é\"}")]
    public void A_sample_line_is_read(string line, string expected)
    {
        Assert.Null(Scrape(line, 1).Error);
        LabelSet labels = Assert.Single(_store.Select()).Labels;
        Assert.Equal(expected, labels.Drop(["job", "instance"]).ToString());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a x")]
    [InlineData("1a 1")]
    [InlineData("a{ 1")]
    [InlineData("a{b} 1")]
    [InlineData("a{b=c} 1")]
    [InlineData("a{b=\"c} 1")]
    [InlineData("a{b=\"c\" d=\"e\"} 1")]
    [InlineData("a{b=\"c\",b=\"d\"} 1")]
    [InlineData("a{__name__=\"c\"} 1")]
    [InlineData("a{1b=\"c\"} 1")]
    [InlineData("a 1 x")]
    [InlineData("a 1 2 3")]
    [InlineData("{b=\"c\"} 1")]
    public void A_malformed_line_fails_the_scrape_and_is_named(string line)
    {
        ScrapeOutcome outcome = Scrape("ok 1\n# HELP ok fine\n" + line + "\nalso_ok 2", 1);
        Assert.Equal("1 malformed lines, the first is line 3", outcome.Error);
        Assert.Equal(1, outcome.MalformedLines);
        Assert.Equal(0, _store.Index.Count);
    }

    [Theory]
    [InlineData("NaN", double.NaN)]
    [InlineData("+Inf", double.PositiveInfinity)]
    [InlineData("-inf", double.NegativeInfinity)]
    [InlineData("1.5e-3", 0.0015)]
    [InlineData("-0", -0.0)]
    public void Values_are_read_as_Go_writes_them(string text, double expected)
    {
        Assert.Null(Scrape("a " + text, 1).Error);
        Assert.Equal([expected], Values("a"));
    }

    [Fact]
    public void Labels_of_the_target_win_and_the_scraped_ones_are_kept_under_a_prefix()
    {
        Scrape("a{job=\"x\",exported_instance=\"y\",instance=\"z\"} 1", 1);
        Assert.Equal(
            "a{exported_exported_instance=\"z\", exported_instance=\"y\", exported_job=\"x\", instance=\"i\", job=\"worker\"}",
            Assert.Single(_store.Select()).Labels.ToString());
    }

    [Fact]
    public void A_series_that_vanishes_ends_and_may_come_back()
    {
        Scrape("a 1\nb 1", 1);
        Scrape("a 2", 2);
        Scrape("a 3\nb 3", 3);
        Assert.Equal([1, 2, 3], Values("a"));
        Assert.Equal([1, StaleMarker.Value, 3], Values("b"));
    }

    [Fact]
    public void A_target_that_fails_ends_all_its_series()
    {
        Scrape("a 1\nb 1", 1);
        Assert.NotNull(Scrape("a 2\nb two", 2).Error);
        Assert.Equal([1, StaleMarker.Value], Values("a"));
        Assert.Equal([1, StaleMarker.Value], Values("b"));
        Scrape("a 3", 3);
        _target.End(4);
        Assert.Equal([1, StaleMarker.Value, 3, StaleMarker.Value], Values("a"));
    }

    [Fact]
    public void Too_many_samples_fail_the_scrape()
    {
        ScrapeOutcome outcome = Scrape("a 1\nb 1\nc 1\nd 1\ne 1\nf 1", 1);
        Assert.Equal("more than 5 samples in one scrape", outcome.Error);
        Assert.Equal(0, _store.Index.Count);
    }

    [Fact]
    public void Types_and_help_texts_are_kept()
    {
        Scrape("# TYPE a counter\n# HELP a Number of things.\n# UNIT a seconds\n# a comment\na 1", 1);
        Assert.Equal(new MetricDescription("counter", "Number of things.", "seconds"), _metadata.Find("a"));
    }

    [Fact]
    public void What_a_registry_writes_is_read_in_full()
    {
        var registry = new MetricRegistry();
        registry.Counter("vllm:things_total", "Things \\ with\nbreaks.", "name").With("a \"quoted\"\n\\value").Add(3);
        registry.Histogram("h_seconds", "H.", [0.5]).With().Observe(0.25);
        ScrapeOutcome outcome = Scrape(registry.ToText(), 1);
        Assert.Equal(new ScrapeOutcome(null, 5, 0), outcome);
        Assert.Equal([3], Values("vllm:things_total"));
        Assert.Equal("a \"quoted\"\n\\value", Find("vllm:things_total").Labels.Get("name"));
    }

    [Fact]
    public void Lines_are_known_again_in_any_order_and_beside_near_ones()
    {
        Scrape("a 1\na{b=\"c\"} 2\nd{e=\"f\"} 3", 1);
        Scrape("d{e=\"f\"} 4\na{b=\"c\"} 5\na 6", 2);
        Scrape("a {b=\"c\"} 7\nd{e=\"f\"}\t8\na 9", 3);
        Scrape("a{b=\"c\"} 10 1700000000000\na 11\nd{e=\"f\"} 12 # {} 1", 4);
        Assert.NotNull(Scrape("a{b=\"c\"}\na 13", 5).Error);
        Assert.Equal([3, 4, 8, 12, StaleMarker.Value], Values("d"));
        ISeries[] both = [.. _store.Select(LabelMatcher.Create(MatchKind.Equal, "__name__", "a"))];
        Assert.Equal([[2, 5, 7, 10, StaleMarker.Value], [1, 6, 9, 11, StaleMarker.Value]], both.Select(Values));
    }

    [Fact]
    public void A_steady_answer_allocates_nothing()
    {
        byte[] text = "# HELP a Number of things.\n# TYPE a gauge\na 1\na{b=\"c\"} 2.5\nd{e=\"f\"} 3e5\n"u8.ToArray();
        // Past the growth of the first chunk, and short of the end of the next.
        for (int i = 0; i < 140; i++) Assert.Null(_target.Ingest(text, i).Error);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) _target.Ingest(text, 1000 + i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        byte[] alphabet = [.. "ab{}=\",\\ \t\n#1.+-eENaN_:"u8, 0, 0xC3, 0xFF];
        var random = new Random(20_240_602);
        for (int i = 0; i < 100_000; i++)
        {
            byte[] text = random.GetItems(alphabet, random.Next(60));
            ScrapeOutcome outcome = _target.Ingest(text, i);
            Assert.True(outcome.MalformedLines == 0 || outcome.Error is not null, Convert.ToHexString(text));
        }
    }

    public void Dispose() => _target.Dispose();

    private ScrapeOutcome Scrape(string text, long timestampMs) => _target.Ingest(Encoding.UTF8.GetBytes(text), timestampMs);

    private ISeries Find(string metric) => Assert.Single(_store.Select(LabelMatcher.Create(MatchKind.Equal, "__name__", metric)));

    private double[] Values(string metric) => Values(Find(metric));

    private static double[] Values(ISeries series)
    {
        var buffer = new SampleBuffer();
        series.Read(0, long.MaxValue, buffer);
        return buffer.Values.ToArray();
    }
}
