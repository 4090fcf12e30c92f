using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Scraping;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;
using Trireme.Testing;

namespace Trireme.Telemetry.Tests.Http;

/// <summary>Whatever a source does, it is down with a reason, its series end, the others go on, and it is tried again.</summary>
public sealed class SourceFaultTests
{
    private const int Hanging = 1000;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static TheoryData<string, string> BrokenGzip => new()
    {
        { "cut", "the answer is gzip that was cut short" },
        { "cut in the trailer", "the answer is gzip that was cut short" },
        { "empty", "the answer is gzip that was cut short" },
        { "plain", "the answer is no valid gzip: " },
        { "changed", "the answer is no valid gzip: " },
    };

    [Fact]
    public async Task A_thousand_hanging_targets_leave_a_good_one_its_scrapes()
    {
        await using MetricsPage page = await MetricsPage.StartAsync("");
        int hanging = 0;
        int scrapes = 0;
        page.Answer = async context =>
        {
            if (!context.Request.QueryString.HasValue)
            {
                Interlocked.Increment(ref scrapes);
                await context.Response.WriteAsync("good 1\n");
                return;
            }

            Interlocked.Increment(ref hanging);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        await using TelemetryHost host = await TelemetryHost.StartAsync(new TelemetryOptions
        {
            ScrapeInterval = TimeSpan.FromMilliseconds(100),
            ScrapeTimeout = TimeSpan.FromHours(1),
        });
        host.Targets =
        [
            .. Enumerable.Range(0, Hanging).Select(i => new ScrapeTarget(new Uri($"{page.Url}?{i}"), TestStores.Labels("job", "hanging"))),
            page.Target,
        ];
        await Until("all of the others hang", () => Volatile.Read(ref hanging) == Hanging);
        int before = Volatile.Read(ref scrapes);
        await Until("the good one is scraped on", () => Volatile.Read(ref scrapes) >= before + 10);
        Assert.Equal(["1"], await host.ValuesAsync("up{job=\"worker\"}"));
    }

    [Fact]
    public async Task A_thousand_targets_that_time_out_hold_no_more_descriptors_than_one_each()
    {
        // Nobody accepts: the system completes the connections, and no answer ever comes.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(4096);
        await using MetricsPage page = await MetricsPage.StartAsync("good 1\n");
        await using TelemetryHost host = await TelemetryHost.StartAsync(new TelemetryOptions
        {
            ScrapeInterval = TimeSpan.FromSeconds(1),
            ScrapeTimeout = TimeSpan.FromSeconds(1),
        });
        int port = ((IPEndPoint)silent.LocalEndPoint!).Port;
        host.Targets =
        [
            .. Enumerable.Range(0, Hanging).Select(i => new ScrapeTarget(
                new Uri($"http://{silent.LocalEndPoint}/{i}"), TestStores.Labels("job", "silent", "instance", $"{i}"))),
            page.Target,
        ];
        await Until("all of them are down", async () => (await host.ValuesAsync("count(up{job=\"silent\"} == 0)")).SequenceEqual(["1000"]));
        int most = 0;
        await Until("the good one was scraped through all of it", async () =>
        {
            most = Math.Max(most, ConnectionsTo(port));
            return (await host.ValuesAsync("count_over_time(good[1m]) >= bool 8")).SequenceEqual(["1"]);
        });

        // On a busy machine one scrape of it may take longer than its second.
        await Until("the good one is up", async () => (await host.ValuesAsync("up{job=\"worker\"}")).SequenceEqual(["1"]));
        Assert.Equal("no answer within 1 s", await host.LastErrorAsync("silent"));
        Assert.InRange(most, Hanging / 2, Hanging + 100);
    }

    [Theory]
    [MemberData(nameof(BrokenGzip))]
    public async Task Broken_gzip_is_a_failed_scrape_and_not_old_values(string kind, string reason)
    {
        string text = string.Concat(Enumerable.Range(0, 1000).Select(static i => $"good{{i=\"{i}\"}} {i}\n"));
        await using MetricsPage page = await MetricsPage.StartAsync("");
        await using TelemetryHost host = await TelemetryHost.StartAsync();
        page.AnswerGzip(Gzip(text));
        host.Targets = [page.Target];
        await Sees(host, "count(good)", "1000");
        await Sees(host, "up{job=\"worker\"}", "1");
        page.AnswerGzip(Break(Gzip(text), kind));
        await Sees(host, "up{job=\"worker\"}", "0");
        await Sees(host, "good");
        Assert.StartsWith(reason, await host.LastErrorAsync("worker"), StringComparison.Ordinal);
        page.AnswerGzip([.. Gzip("good 1\n"), .. Gzip("better 2\n")]);
        await Sees(host, "{__name__=~\"good|better\"}", "2", "1");
    }

    [Fact]
    public async Task An_encoding_that_was_not_asked_for_is_refused()
    {
        await using MetricsPage page = await MetricsPage.StartAsync("");
        await using TelemetryHost host = await TelemetryHost.StartAsync();
        page.Answer = static context =>
        {
            context.Response.Headers.ContentEncoding = "br";
            return context.Response.WriteAsync("good 1\n");
        };
        host.Targets = [page.Target];
        await Sees(host, "up{job=\"worker\"}", "0");
        Assert.Equal("the answer is encoded as \"br\", which was not asked for", await host.LastErrorAsync("worker"));
    }

    [Fact]
    public async Task A_source_of_this_process_that_throws_is_down_and_comes_back()
    {
        var registry = new MetricRegistry();
        registry.Counter("fine_total", "A counter.").With().Add(3);
        Func<double> read = static () => 5;
        registry.Gauge("odd", "A gauge.").With().SetSource(() => read());
        await using TelemetryHost host = await TelemetryHost.StartAsync(configure: services => services.AddSingleton(
            new MetricSource(registry, TestStores.Labels("job", "odd", "instance", "here"))));
        await Sees(host, "odd", "5");
        await Sees(host, "up{job=\"odd\"}", "1");
        read = static () => throw new NotSupportedException("not today");
        await Sees(host, "up{job=\"odd\"}", "0");
        await Sees(host, "{__name__=~\"odd|fine_total\"}");
        Assert.Equal("NotSupportedException: not today", await host.LastErrorAsync("odd"));
        read = static () => 6;
        await Sees(host, "{__name__=~\"odd|fine_total\"}", "3", "6");
        await Sees(host, "up{job=\"odd\"}", "1");
    }

    [Fact]
    public async Task A_source_of_this_process_that_hangs_is_down_and_read_again_when_it_returns()
    {
        using var release = new ManualResetEventSlim();
        int inside = 0;
        int most = 0;
        var registry = new MetricRegistry();
        registry.Gauge("slow", "A gauge.").With().SetSource(() =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            release.Wait(CancellationToken.None);
            Interlocked.Decrement(ref inside);
            return 1;
        });
        var options = new TelemetryOptions
        {
            ScrapeInterval = TimeSpan.FromMilliseconds(50),
            ScrapeTimeout = TimeSpan.FromMilliseconds(200),
        };
        await using TelemetryHost host = await TelemetryHost.StartAsync(options, services => services.AddSingleton(
            new MetricSource(registry, TestStores.Labels("job", "slow", "instance", "here"))));
        await Sees(host, "up{job=\"slow\"}", "0");
        Assert.Equal("no answer within 0.2 s", await host.LastErrorAsync("slow"));
        await Sees(host, "up{job=\"platform\"}", "1");
        release.Set();
        await Sees(host, "slow", "1");
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_scraper_that_fails_itself_is_started_again()
    {
        await using MetricsPage page = await MetricsPage.StartAsync("good 1\n");
        FaultyAppenders? faulty = null;
        await using TelemetryHost host = await TelemetryHost.StartAsync(configure: services => services.AddSingleton<ISeriesAppenders>(
            provider => faulty = new FaultyAppenders(provider.GetRequiredService<HeadStore>())));
        host.Targets = [page.Target];
        await Sees(host, "up", "1", "1");
        faulty!.Broken = true;
        await Until("both scrapers failed", () => faulty.Failures >= 4);
        faulty.Broken = false;
        page.Text = "good 2\n";
        await Sees(host, "good", "2");
        await Sees(host, "up", "1", "1");
    }

    [Fact]
    public async Task A_list_of_targets_that_cannot_be_read_leaves_those_known()
    {
        await using MetricsPage page = await MetricsPage.StartAsync("good 1\n");
        await using TelemetryHost host = await TelemetryHost.StartAsync();
        host.Targets = [page.Target];
        await Sees(host, "good", "1");
        host.Targets = null;
        page.Text = "good 2\n";
        await Sees(host, "good", "2");
        host.Targets = [];
        await Sees(host, "good");
    }

    [Fact]
    public async Task Large_answers_that_are_read_slowly_leave_memory_for_ordinary_ones()
    {
        await using MetricsPage page = await MetricsPage.StartAsync("");
        page.Answer = static async context =>
        {
            if (!context.Request.QueryString.HasValue)
            {
                await context.Response.WriteAsync("good 1\n");
                return;
            }

            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes("# " + new string('x', 3 << 20)));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        await using TelemetryHost host = await TelemetryHost.StartAsync(new TelemetryOptions
        {
            ScrapeInterval = TimeSpan.FromMilliseconds(100),
            ScrapeTimeout = TimeSpan.FromHours(1),
            MaxScrapeMemoryBytes = 4 << 20,
        });
        host.Targets =
        [
            new ScrapeTarget(new Uri($"{page.Url}?1"), TestStores.Labels("job", "first")),
            new ScrapeTarget(new Uri($"{page.Url}?2"), TestStores.Labels("job", "second")),
            page.Target,
        ];
        await Until("one of the large ones is refused", async () =>
        {
            string errors = await host.LastErrorAsync("first") + await host.LastErrorAsync("second");
            return errors.StartsWith("no memory for more than", StringComparison.Ordinal);
        });
        await Sees(host, "good", "1");
    }

    /// <summary>Sockets of this machine that are connected to a port: state 01 of /proc/net/tcp is an established connection.</summary>
    private static int ConnectionsTo(int port)
    {
        string remote = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        return File.ReadLines("/proc/net/tcp").Concat(File.ReadLines("/proc/net/tcp6")).Count(line =>
            line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [_, _, var to, "01", ..]
            && to.EndsWith(remote, StringComparison.Ordinal));
    }

    private static byte[] Gzip(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Optimal)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }

    private static byte[] Break(byte[] gzip, string kind)
    {
        switch (kind)
        {
            case "cut": return gzip[..(gzip.Length / 2)];
            case "cut in the trailer": return gzip[..^3];
            case "empty": return [];
            case "plain": return "good 1\n"u8.ToArray();
            default:
                gzip[gzip.Length / 2] ^= 0x55;
                return gzip;
        }
    }

    private static Task Sees(TelemetryHost host, string query, params string[] values) =>
        Until($"{query} gives [{string.Join(", ", values)}]", async () => (await host.ValuesAsync(query)).SequenceEqual(values));

    private static Task Until(string what, Func<bool> holds) => Until(what, () => Task.FromResult(holds()));

    private static Task Until(string what, Func<Task<bool>> holds) =>
        Eventually.True(what, Deadline, holds, TestContext.Current.CancellationToken);

    /// <summary>A store that can be broken, so that what uses it fails in ways it does not expect.</summary>
    private sealed class FaultyAppenders(HeadStore store) : ISeriesAppenders
    {
        private int _failures;

        public bool Broken { get; set; }

        public int Failures => Volatile.Read(ref _failures);

        public ISeriesAppender Open(LabelSet source, SourceKind kind) => new Faulty(this, store.Open(source, kind));

        private sealed class Faulty(FaultyAppenders owner, ISeriesAppender inner) : ISeriesAppender
        {
            public SeriesRef Refer(LabelSet labels) => inner.Refer(labels);

            public void Begin() => inner.Begin();

            public void Append(SeriesRef series, long timestampMs, SampleValue value) => inner.Append(series, timestampMs, value);

            public CommitResult Commit()
            {
                if (!owner.Broken) return inner.Commit();
                Interlocked.Increment(ref owner._failures);
                throw new InvalidOperationException("the store is broken");
            }

            public void Dispose() => inner.Dispose();
        }
    }
}
