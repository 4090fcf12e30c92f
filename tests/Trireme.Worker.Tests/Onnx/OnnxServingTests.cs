using System.Globalization;
using System.Net;
using Trireme.Contracts.Metrics;
using Trireme.Testing;

namespace Trireme.Worker.Tests.Onnx;

public sealed class OnnxServingTests(OnnxWorkers workers) : IClassFixture<OnnxWorkers>
{
    private const string Infer = "/v2/models/linear/infer";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hundred_clients_get_what_each_would_get_alone_in_fewer_batches()
    {
        await using RunningWorker worker = await workers.StartAsync(
            "linear", OnnxSamples.Linear(), options => options with { BatchWindow = TimeSpan.FromMilliseconds(20) });
        Reply[] replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => worker.PostAsync(Infer, Rows(i, 1 + (i % 3)))));
        for (int i = 0; i < replies.Length; i++)
        {
            Assert.True(replies[i].Status == HttpStatusCode.OK, replies[i].Body);
            float[] expected = [.. Enumerable.Range(0, 1 + (i % 3)).SelectMany(row => OnnxSamples.LinearOf(i, row, 1))];
            Assert.Equal(expected, Data(replies[i]));
        }

        string metrics = (await worker.GetAsync("/metrics")).Body;
        Assert.Equal(100, Metric(metrics, OnnxMetricNames.RequestSuccess));
        Assert.Equal(199, Metric(metrics, OnnxMetricNames.InferenceCount));
        double batches = Metric(metrics, OnnxMetricNames.ExecutionCount);
        Assert.InRange(batches, 7, 60);
        Assert.Equal(batches, Metric(metrics, OnnxMetricNames.BatchRows + "_count"));
        Assert.Equal(199, Metric(metrics, OnnxMetricNames.BatchRows + "_sum"));
        Assert.Equal(100, Metric(metrics, EngineMetricNames.QueueTime + "_count"));
        Assert.Equal(100, Metric(metrics, EngineMetricNames.EndToEndLatency + "_count"));
        Assert.True(Metric(metrics, OnnxMetricNames.ComputeDuration) > 0);
        Assert.Equal(0, Metric(metrics, EngineMetricNames.RequestsWaiting));
        Assert.Equal(0, Metric(metrics, EngineMetricNames.RequestsRunning));
        Assert.Contains("trireme_worker_info{model_name=\"linear\"", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_faulty_row_fails_its_own_request_and_none_it_was_computed_with()
    {
        await using RunningWorker worker = await workers.StartAsync(
            "lookup", OnnxSamples.Lookup(), options => options with { BatchWindow = TimeSpan.FromMilliseconds(50) });
        Reply[] replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => LookUpAsync(i == 7 ? 99 : i % 4)));
        for (int i = 0; i < replies.Length; i++)
        {
            Assert.Equal(i == 7 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK, replies[i].Status);
            if (i != 7) Assert.Equal([10f + (i % 4)], Data(replies[i]));
        }

        string metrics = (await worker.GetAsync("/metrics")).Body;
        Assert.Equal(1, Metric(metrics, OnnxMetricNames.RequestFailure));

        Task<Reply> LookUpAsync(int index) => worker.PostAsync(
            "/v2/models/lookup/infer", $$"""{"inputs":[{"name":"index","shape":[1],"datatype":"INT64","data":[{{index}}]}]}""");
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("N", "M")]
    public async Task A_model_whose_rows_are_fixed_or_not_one_number_is_served_without_batches(string rows, string outputRows)
    {
        string name = "fixed-" + outputRows;
        await using RunningWorker worker = await workers.StartAsync(
            name, OnnxSamples.Linear(rows, outputRows), options => options with { BatchWindow = TimeSpan.FromSeconds(5) });
        Reply[] replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => worker.PostAsync($"/v2/models/{name}/infer", Rows(i, 1))));
        for (int i = 0; i < replies.Length; i++) Assert.Equal(OnnxSamples.LinearOf(i, 0, 1), Data(replies[i]));
        Assert.Equal(10, Metric((await worker.GetAsync("/metrics")).Body, OnnxMetricNames.ExecutionCount));
    }

    [Fact]
    public async Task The_routes_of_every_worker_are_there_and_those_of_language_models_are_not()
    {
        RunningWorker worker = await workers.Linear;
        Assert.Equal("ready", (await worker.GetAsync("/health")).Json.GetProperty("state").GetString());
        string? kernels = (await worker.GetAsync("/version")).Json.GetProperty("kernels").GetString();
        Assert.StartsWith("onnxruntime 1.", kernels, StringComparison.Ordinal);
        string[] stages =
        [
            .. (await worker.GetAsync("/startup")).Json.GetProperty("stages").EnumerateArray()
                .Select(stage => stage.GetProperty("stage").GetString()!),
        ];
        Assert.Equal(["listen", "session"], stages);
        Assert.Equal("{\"running\":0,\"waiting\":0,\"server_load\":0}", (await worker.GetAsync("/load")).Body);
        Reply reply = await worker.PostAsync(Infer, Rows(1, 1));
        Assert.Equal("tiny-1@0123456789ab", reply.Response.Headers.GetValues("x-trireme-release").Single());
        Assert.NotEmpty(reply.Response.Headers.GetValues("x-request-id"));
        foreach (string path in (string[])["/v1/completions", "/sleep", "/kv_events"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await worker.PostAsync(path, "{}")).Status);
        }
    }

    [Fact]
    public async Task A_folder_is_told_by_what_it_holds_and_a_language_model_has_no_inference_protocol()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File("model.onnx"), OnnxSamples.Linear(), Cancelled);
        await using RunningWorker worker = await RunningWorker.StartAsync(
            options => options with { ModelPath = folder.Path, ServedModelName = "tabular" });
        Assert.Equal(OnnxSamples.LinearOf(1, 0, 1), Data(await worker.PostAsync("/v2/models/tabular/infer", Rows(1, 1))));

        string both = TinyModel.Write(folder.File("both"));
        await File.WriteAllBytesAsync(Path.Combine(both, "model.onnx"), OnnxSamples.Linear(), Cancelled);
        await using RunningWorker language = await RunningWorker.StartAsync(options => options with { ModelPath = both });
        Assert.Equal(HttpStatusCode.OK, (await language.GetAsync("/v1/models")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await language.GetAsync("/v2")).Status);
        await using RunningWorker told = await RunningWorker.StartAsync(
            options => options with { ModelPath = both, Engine = EngineKind.Onnx });
        Assert.Equal(HttpStatusCode.OK, (await told.GetAsync("/v2")).Status);
    }

    public static TheoryData<string, byte[], string> BrokenModels { get; } = new()
    {
        { "no ONNX at all", "hello"u8.ToArray(), "ONNX Runtime refuses it" },
        { "nothing", [], "ONNX Runtime refuses it" },
        { "half a file", OnnxSamples.Linear()[..60], "ONNX Runtime refuses it" },
        { "an output the protocol has no word for", OnnxSamples.Sequence(), "its output 'parts' is a sequence of something else" },
    };

    [Theory]
    [MemberData(nameof(BrokenModels))]
    public async Task A_file_that_cannot_be_served_ends_the_worker_with_the_reason(string sentence, byte[] model, string reason)
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("model.onnx");
        await File.WriteAllBytesAsync(file, model, Cancelled);
        var refusal = Assert.Throws<Inference.Formats.ModelFormatException>(() => Worker.Onnx.OnnxModel.Load(file, threads: 1).Dispose());
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        var options = new WorkerOptions
        {
            ModelPath = file,
            TerminationMessageFile = folder.File("why"),
            LogLevel = Microsoft.Extensions.Logging.LogLevel.None,
        };
        int exit = await WorkerHost.RunAsync(options, Cancelled, CancellationToken.None);
        Assert.True(exit == WorkerExitCode.CannotServe, sentence);
        string why = await File.ReadAllTextAsync(folder.File("why"), Cancelled);
        Assert.StartsWith("The model cannot be served. ", why, StringComparison.Ordinal);
        Assert.Contains(reason, why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(8, -1)]
    [InlineData(8, 3600)]
    public async Task Limits_that_make_no_sense_end_the_worker(int rows, double seconds)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File("model.onnx"), OnnxSamples.Linear(), Cancelled);
        var options = new WorkerOptions
        {
            ModelPath = folder.Path,
            MaxBatchSize = rows,
            BatchWindow = TimeSpan.FromSeconds(seconds),
            LogLevel = Microsoft.Extensions.Logging.LogLevel.None,
        };
        Assert.Equal(WorkerExitCode.CannotServe, await WorkerHost.RunAsync(options, Cancelled, CancellationToken.None));
    }

    [Fact]
    public async Task A_draining_worker_answers_what_it_has_and_refuses_the_rest()
    {
        await using RunningWorker worker = await workers.StartAsync(
            "linear", OnnxSamples.Linear(), options => options with { BatchWindow = TimeSpan.FromMilliseconds(500) });
        Task<Reply>[] open = [.. Enumerable.Range(0, 5).Select(i => worker.PostAsync(Infer, Rows(i, 1)))];
        await Eventually.True(
            "five requests that wait",
            TimeSpan.FromSeconds(10),
            async () => await worker.ActiveRequestsAsync() == 5 || open[0].IsCompleted,
            Cancelled);
        worker.Stop();
        foreach (Reply reply in await Task.WhenAll(open)) Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal(WorkerExitCode.Drained, await worker.Exit);
    }

    private static string Rows(int first, int rows)
    {
        string data = string.Join(',', Enumerable.Range(0, rows).Select(row => $"[{first},{row},1]"));
        return $$"""{"inputs":[{"name":"x","shape":[{{rows}},3],"datatype":"FP32","data":[{{data}}]}]}""";
    }

    private static float[] Data(Reply reply) =>
        [.. reply.Json.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(static value => value.GetSingle())];

    private static double Metric(string metrics, string name)
    {
        string line = metrics.Split('\n').Single(line => line.StartsWith(name + "{", StringComparison.Ordinal));
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }
}
