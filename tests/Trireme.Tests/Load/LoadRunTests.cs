using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Trireme.Connection;
using Trireme.Load;
using Trireme.Testing;

namespace Trireme.Tests.Load;

/// <summary>A run against a real server that streams what it is told.</summary>
public sealed class LoadRunTests : IAsyncLifetime
{
    private const string End = """{"choices":[{"delta":{},"finish_reason":"stop"}]}""";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly WebApplication _server;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hangs;
    private string[] _parts = [];

    public LoadRunTests()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(AnswerAsync);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _server.StartAsync(Cancelled);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("an answer without a token", false, false)]
    [InlineData("an answer of one token has nothing between tokens", true, false, "a")]
    [InlineData("an answer of three tokens", true, true, "a", "b", "c")]
    public async Task A_time_that_was_not_measured_is_no_number(string sentence, bool hasFirst, bool hasPause, params string[] parts)
    {
        _parts = parts;
        LoadReport report = await RunAsync();
        JsonObject json = report.ToJson();
        Assert.Equal((1, 0), ((int)json["succeeded"]!, (int)json["failed"]!));
        Assert.True(hasFirst == json["ttftSeconds"]!["p50"] is not null, sentence);
        Assert.True(hasPause == json["itlSeconds"]!["p50"] is not null, sentence);

        using var table = new StringWriter();
        report.Print(table);
        Assert.Equal(hasPause, !table.ToString().Contains("between tokens       -", StringComparison.Ordinal));
    }

    /// <summary>A server that hangs must not keep who has pressed Ctrl+C; what it would have answered is nobody's failure.</summary>
    [Fact]
    public async Task Who_ends_a_run_waits_for_open_answers_a_bounded_time()
    {
        _hangs = true;
        var time = new FakeTimeProvider();
        using var stop = new CancellationTokenSource();
        using GatewayClient gateway = Gateway();
        var run = new LoadRun(gateway, time, Options);
        Task running = run.RunAsync(stop.Token);
        await Eventually.True(
            "a request is open",
            Patience,
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(10));
                return Task.FromResult(_asked.Task.IsCompleted);
            },
            Cancelled);
        await stop.CancelAsync();
        time.Advance(LoadRun.DrainMax - TimeSpan.FromSeconds(1));
        Assert.False(running.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await running.WaitAsync(Patience, TimeProvider.System, Cancelled);
        Assert.Empty(run.Samples);
        string told = LoadProgress.Text(run, TimeSpan.FromSeconds(3), Options.Duration, isEnding: true, isTerminal: false);
        Assert.Equal($"ending, 10 s at most for the open answers: sent {run.Started}, open 0, failed 0", told);
    }

    private static LoadOptions Options => new()
    {
        Service = "tiny",
        RequestsPerSecond = 1000,
        Duration = TimeSpan.FromSeconds(60),
        MaxOpenRequests = 1,
        MaxTokens = 8,
        Seed = 1,
        Sessions = 1,
    };

    private async Task<LoadReport> RunAsync()
    {
        // One request: the second would be dropped, and the run ends after the first.
        using GatewayClient gateway = Gateway();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var run = new LoadRun(gateway, TimeProvider.System, Options with { RequestsPerSecond = 5 });
        Task running = run.RunAsync(stop.Token);
        await _asked.Task.WaitAsync(Patience, TimeProvider.System, Cancelled);
        await stop.CancelAsync();
        await running.WaitAsync(Patience, TimeProvider.System, Cancelled);
        return new LoadReport(run.Samples, run.Dropped, TimeSpan.FromSeconds(1));
    }

    private GatewayClient Gateway() => new($"{_server.Urls.First()}/v1", "key");

    private async Task AnswerAsync(HttpContext context)
    {
        _asked.TrySetResult();
        if (_hangs) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n");
        foreach (string part in _parts)
        {
            await context.Response.WriteAsync($"data: {{\"choices\":[{{\"delta\":{{\"content\":\"{part}\"}}}}]}}\n\n");
            await context.Response.Body.FlushAsync();
        }

        await context.Response.WriteAsync($"data: {End}\n\ndata: [DONE]\n\n");
    }
}
