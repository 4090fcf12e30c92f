using Trireme.Contracts.Metrics;

namespace Trireme.Contracts.Tests;

public sealed class MetricTests
{
    [Fact]
    public void Metrics_are_written_in_prometheus_text_format()
    {
        var registry = new MetricRegistry();
        registry.Counter("vllm:x_total", "Things\nseen.", "model_name").With("a\"b\\c").Add(2);
        registry.Gauge("depth", "Depth.").With().Set(1.5);
        Histogram.Series waits = registry.Histogram("wait_seconds", "Waits.", [0.1, 1], "service").With("tiny");
        waits.Observe(0.1);
        waits.Observe(5);

        Assert.Equal(
            """
            # HELP depth Depth.
            # TYPE depth gauge
            depth 1.5
            # HELP vllm:x_total Things\nseen.
            # TYPE vllm:x_total counter
            vllm:x_total{model_name="a\"b\\c"} 2
            # HELP wait_seconds Waits.
            # TYPE wait_seconds histogram
            wait_seconds_bucket{service="tiny",le="0.1"} 1
            wait_seconds_bucket{service="tiny",le="1"} 1
            wait_seconds_bucket{service="tiny",le="+Inf"} 2
            wait_seconds_sum{service="tiny"} 5.1
            wait_seconds_count{service="tiny"} 2

            """,
            registry.ToText());
    }

    [Fact]
    public void A_summary_of_logarithms_shows_sum_and_count_and_never_falls()
    {
        var registry = new MetricRegistry();
        LogSummary.Series wait = registry.LogSummary("wait_log_microseconds", "Waits.", "service").With("tiny");
        wait.Observe(Math.E);
        wait.Observe(0.001);
        Assert.Equal(
            """
            # HELP wait_log_microseconds Waits.
            # TYPE wait_log_microseconds summary
            wait_log_microseconds_sum{service="tiny"} 1
            wait_log_microseconds_count{service="tiny"} 2

            """,
            registry.ToText());
    }

    [Fact]
    public void A_summary_shows_no_sum_without_its_count()
    {
        var registry = new MetricRegistry();
        LogSummary.Series series = registry.LogSummary("x_log", "X.").With();
        var pair = new Pair();
        Parallel.For(0, 200_000, i =>
        {
            if (i % 1000 == 0) registry.Accept(pair);
            series.Observe(Math.E);
        });
        Assert.Equal(0, pair.Torn);
    }

    private sealed class Pair : IMetricVisitor
    {
        [ThreadStatic]
        private static double s_sum;

        private int _torn;

        public int Torn => _torn;

        public void Metric(string name, string help, string type) => Assert.Equal("summary", type);

        public void Sample(string name, IReadOnlyList<string> labelNames, string[] labelValues, double value, string? bucketBound)
        {
            if (name.EndsWith("_sum", StringComparison.Ordinal)) s_sum = value;
            else if (Math.Abs(s_sum - value) > 0.5) Interlocked.Increment(ref _torn);
        }
    }

    [Fact]
    public void A_label_with_endless_values_ends_in_one_series()
    {
        Counter counter = new MetricRegistry().Counter("requests_total", "Requests.", "user");
        for (int i = 0; i < 20_000; i++) counter.With($"user-{i}").Add();
        Assert.Equal(10_000, counter.With("user-19999").Value);
        Assert.Equal(1, counter.With("user-1").Value);
    }

    [Fact]
    public void Counting_loses_nothing_under_contention()
    {
        Counter.Series series = new MetricRegistry().Counter("hits_total", "Hits.").With();
        Parallel.For(0, 100_000, _ => series.Add());
        Assert.Equal(100_000, series.Value);
    }

    [Fact]
    public void One_name_has_one_type()
    {
        var registry = new MetricRegistry();
        registry.Counter("x", "X.");
        Assert.Throws<InvalidOperationException>(() => registry.Gauge("x", "X."));
    }
}
