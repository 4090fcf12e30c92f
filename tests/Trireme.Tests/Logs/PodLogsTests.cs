using Microsoft.Extensions.Time.Testing;
using Trireme.ApiServer.Pods;
using Trireme.Hosting;
using Trireme.Logs;
using Trireme.Testing;

namespace Trireme.Tests.Logs;

/// <summary>Logs as Pods' logs, from the files in a data folder.</summary>
public sealed class PodLogsTests : IDisposable
{
    private const string Stamp = "2026-01-01T00:00:0";

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    private PodLogs Logs => new(new DataFolderLayout(_folder.Path), _time);

    [Fact]
    public async Task A_pod_has_the_log_of_the_newest_process_and_before_that_of_the_newest_that_ended()
    {
        Write(1, "one\n" + Stamp + "1.000Z exit: Crashed: code 3\n");
        Assert.Equal(["one", Stamp + "1.000Z exit: Crashed: code 3"], await TextAsync(new PodLogRequest("default", "tiny-a")));
        Write(2, "two\n");
        Assert.Equal(["two"], await TextAsync(new PodLogRequest("default", "tiny-a")));
        Assert.Equal("one", (await TextAsync(new PodLogRequest("default", "tiny-a") { Previous = true }))[0]);
        Assert.Null(Logs.Open(new PodLogRequest("default", "tiny-b"), TestContext.Current.CancellationToken));
        Assert.Null(Logs.Open(new PodLogRequest("other", "tiny-a"), TestContext.Current.CancellationToken));
        File.Delete(FileOf(1));
        Assert.Null(Logs.Open(new PodLogRequest("default", "tiny-a") { Previous = true }, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_line_without_a_time_was_written_with_the_line_before_it_also_where_that_is_cut_off()
    {
        string json = $$"""{"time":"{{Stamp}}2.000Z","level":"info","category":"c","message":"m"}""";
        Write(1, Stamp + "1.000Z thrown\n  at A\n" + json + "\n");
        List<PodLogLine> lines = await LinesAsync(new PodLogRequest("default", "tiny-a") { Tail = 2 });
        Assert.Equal(["  at A", Stamp + "2.000Z info c m"], lines.Select(line => line.Text));
        Assert.Equal([1, 2], lines.Select(line => line.Time!.Value.Second));
        var since = new DateTimeOffset(2026, 1, 1, 0, 0, 2, TimeSpan.Zero);
        Assert.Single(await LinesAsync(new PodLogRequest("default", "tiny-a") { Since = since }));
        Assert.Empty(await LinesAsync(new PodLogRequest("default", "tiny-a") { Tail = 0 }));
    }

    [Fact]
    public async Task A_follower_gets_each_line_once_and_ends_with_the_process()
    {
        Write(1, "one\ntwo\nthr");
        await using IAsyncEnumerator<PodLogLine> lines = Follow(tail: 1);
        Assert.Equal("two", await NextAsync(lines));
        ValueTask<bool> next = lines.MoveNextAsync();
        File.AppendAllText(FileOf(1), "ee\n" + Stamp + "5.000Z exit: Drained: it ended when asked to\n");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await next);
        Assert.Equal("three", lines.Current.Text);
        Assert.StartsWith(Stamp + "5.000Z exit: ", await NextAsync(lines), StringComparison.Ordinal);
        Assert.False(await lines.MoveNextAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_follower_ends_where_nobody_wrote_the_end_down(bool restarted)
    {
        Write(1, "one\n");
        await using IAsyncEnumerator<PodLogLine> lines = Follow(tail: null);
        Assert.Equal("one", await NextAsync(lines));
        ValueTask<bool> next = lines.MoveNextAsync();
        if (restarted) Write(2, "other\n");
        else File.Delete(FileOf(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await next);
    }

    [Fact]
    public async Task A_log_whose_process_has_ended_is_followed_to_its_end_at_once()
    {
        Write(1, "one\n" + Stamp + "1.000Z exit: Crashed: code 3\n");
        await using IAsyncEnumerator<PodLogLine> lines = Follow(tail: 0);
        Assert.False(await lines.MoveNextAsync());
    }

    [Fact]
    public async Task A_follower_that_goes_is_let_go()
    {
        Write(1, "one\n");
        using var stop = new CancellationTokenSource();
        IAsyncEnumerable<PodLogLine> log = Logs.Open(new PodLogRequest("default", "tiny-a") { Follow = true }, stop.Token)!;
        await using IAsyncEnumerator<PodLogLine> lines = log.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.Equal("one", await NextAsync(lines));
        ValueTask<bool> next = lines.MoveNextAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    public void Dispose() => _folder.Dispose();

    private IAsyncEnumerator<PodLogLine> Follow(int? tail) => Logs
        .Open(new PodLogRequest("default", "tiny-a") { Follow = true, Tail = tail }, TestContext.Current.CancellationToken)!
        .GetAsyncEnumerator(TestContext.Current.CancellationToken);

    private static async Task<string> NextAsync(IAsyncEnumerator<PodLogLine> lines)
    {
        Assert.True(await lines.MoveNextAsync());
        return lines.Current.Text;
    }

    private async Task<string[]> TextAsync(PodLogRequest request) => [.. (await LinesAsync(request)).Select(line => line.Text)];

    private async Task<List<PodLogLine>> LinesAsync(PodLogRequest request)
    {
        var lines = new List<PodLogLine>();
        await foreach (PodLogLine line in Logs.Open(request, TestContext.Current.CancellationToken)!) lines.Add(line);
        return lines;
    }

    private string FileOf(int start) => _folder.File("logs", "replicas", "default", "tiny-a", $"{start:00000}.log");

    private void Write(int start, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FileOf(start))!);
        File.WriteAllText(FileOf(start), text);
    }
}
