using System.Globalization;
using System.Net;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.OpenAi;
using Trireme.Testing;

namespace Trireme.Worker.Tests.Hosting;

public sealed class LifecycleTests
{
    private const string Path = "/v1/chat/completions";

    /// <summary>Tokens of an answer that no test waits for.</summary>
    private const int LongAnswer = 30_000;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_client_that_leaves_frees_the_engine()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync();
        HttpResponseMessage response = await worker.OpenStreamAsync(Path, Long(LongAnswer));
        await BusyWithAsync(worker, 1);

        response.Dispose();

        await BusyWithAsync(worker, 0);
        string metrics = (await worker.GetAsync("/metrics")).Body;
        AssertCutShort(metrics, answers: 1);
        Assert.Contains("requests_total{route=\"/v1/chat/completions\",code=\"499\"} 1", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_before_its_whole_answer_frees_the_engine()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync();
        using var left = new CancellationTokenSource();
        using StringContent body = RunningWorker.Json(Long(LongAnswer) with { Stream = false, N = 3 });
        Task<HttpResponseMessage> response = worker.Http.PostAsync(Path, body, left.Token);
        await BusyWithAsync(worker, 3);

        await left.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => response);
        await BusyWithAsync(worker, 0);
        AssertCutShort((await worker.GetAsync("/metrics")).Body, answers: 3);
    }

    [Fact]
    public async Task A_draining_worker_finishes_open_streams_and_sends_new_requests_away()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync();
        // More than the sockets' buffers hold: the stream stays open until this test reads it, however late it gets to run.
        using HttpResponseMessage open = await worker.OpenStreamAsync(Path, Long(2_500) with { Logprobs = true, TopLogprobs = 20 });
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);

        worker.Stop();
        Reply health = await worker.GetAsync("/health");
        Reply refused = await worker.PostAsync(Path, Long(1));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.Status);
        Assert.Equal("draining", health.Json.GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal("draining", refused.Error.GetProperty("code").GetString());
        Assert.Equal(TimeSpan.Zero, refused.Response.Headers.RetryAfter!.Delta);
        Assert.True(refused.Response.Headers.ConnectionClose);
        Assert.False(worker.Exit.IsCompleted);

        string stream = await open.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.EndsWith("data: [DONE]\n\n", stream, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"length\"", stream, StringComparison.Ordinal);
        Assert.Equal(WorkerExitCode.Drained, await worker.Exit.WaitAsync(Soon, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_stream_cut_by_the_drain_timeout_ends_with_an_error_and_no_end_marker()
    {
        var timeout = TimeSpan.FromMilliseconds(100);
        await using RunningWorker worker = await RunningWorker.StartAsync(options => options with { DrainTimeout = timeout });
        using HttpResponseMessage open = await worker.OpenStreamAsync(Path, Long(LongAnswer));

        worker.Stop();
        await using Stream stream = await open.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var exception = await Assert.ThrowsAsync<OpenAiException>(async () =>
        {
            await foreach (ChatCompletionChunk chunk in OpenAiStream.ReadAsync(stream, TestContext.Current.CancellationToken))
            {
                Assert.Null(chunk.Choices[0].FinishReason);
            }
        });

        Assert.NotEmpty(exception.Message);
        Assert.Equal("server_error", exception.Error.Type);
        Assert.Equal(WorkerExitCode.Drained, await worker.Exit.WaitAsync(Soon, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("a folder that is not there", "missing", "127.0.0.1", WorkerExitCode.CannotServe)]
    [InlineData("a host that is no address", "tiny", "not an address", WorkerExitCode.Failed)]
    public async Task A_worker_fails_to_start_with(string sentence, string model, string host, int code)
    {
        using var folder = new TemporaryFolder();
        TinyModel.Write(folder.File("tiny"));

        int exit = await WorkerHost.RunAsync(
            new WorkerOptions { ModelPath = folder.File(model), Host = host, LogLevel = Microsoft.Extensions.Logging.LogLevel.None },
            TestContext.Current.CancellationToken,
            CancellationToken.None).WaitAsync(Soon, TestContext.Current.CancellationToken);

        Assert.True(exit == code, sentence);
    }

    [Fact]
    public async Task A_full_queue_refuses_with_a_time_to_come_back()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options => options with { MaxSequences = 1 });
        using HttpResponseMessage running = await worker.OpenStreamAsync(Path, Long(LongAnswer));
        Task<Reply> waiting = worker.PostAsync("/v1/completions", new CompletionRequest { Prompt = "a", MaxTokens = 1 });
        await BusyWithAsync(worker, 2);

        // The engine lets 1024 answers wait: the last of the eighth request's is one too many, and takes the others with it.
        var many = new CompletionRequest { Prompt = "a", N = 128, MaxTokens = 1 };
        Task<Reply>[] others = [.. Enumerable.Range(0, 7).Select(_ => worker.PostAsync("/v1/completions", many))];
        await BusyWithAsync(worker, 2 + (7 * 128));
        Reply refused = await worker.PostAsync("/v1/completions", many);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal("overloaded", refused.Error.GetProperty("code").GetString());
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Response.Headers.RetryAfter!.Delta);
        await BusyWithAsync(worker, 2 + (7 * 128));
        running.Dispose();
        Assert.Equal(HttpStatusCode.OK, (await waiting).Status);
        Assert.All(await Task.WhenAll(others), reply => Assert.Equal(128, reply.Read<Completion>().Choices.Count));
    }

    /// <summary>The engine was freed by the client's leaving, not by the end of the answers.</summary>
    private static void AssertCutShort(string metrics, int answers)
    {
        string series = EngineMetricNames.GenerationTokens + "{";
        string line = metrics.Split('\n').Single(line => line.StartsWith(series, StringComparison.Ordinal));
        double generated = double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
        Assert.InRange(generated, 0, (LongAnswer * answers) - 1);
    }

    private static Task BusyWithAsync(RunningWorker worker, int requests) => Eventually.True(
        $"{requests} requests in the engine",
        Soon,
        async () => await worker.ActiveRequestsAsync() == requests,
        TestContext.Current.CancellationToken);

    private static ChatCompletionRequest Long(int tokens) =>
        new() { Messages = [ChatMessage.User("Go on")], Stream = true, MaxTokens = tokens, IgnoreEos = true };
}
