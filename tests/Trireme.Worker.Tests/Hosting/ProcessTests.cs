using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.OpenAi;
using Trireme.Testing;
using Trireme.Worker.Tests.Onnx;

namespace Trireme.Worker.Tests.Hosting;

/// <summary>Workers in processes of their own, which only signals and locks reach.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WorkerOptions _options;
    private WorkerProcess? _worker;

    /// <summary>The options that name a file.</summary>
    private static readonly Dictionary<string, Func<WorkerOptions, string, WorkerOptions>> Files = new()
    {
        ["model"] = (options, pipe) => options with { ModelPath = pipe },
        ["model of trireme's engine"] = (options, pipe) => options with { ModelPath = pipe, Engine = EngineKind.Trireme },
        ["template"] = (options, pipe) => options with { ChatTemplateFile = pipe },
        ["key"] = (options, pipe) => options with { ApiKeyFile = pipe },
        ["pins"] = (options, pipe) => options with { PinsFile = pipe },
        ["endpoint"] = (options, pipe) => options with { EndpointFile = pipe },
        ["termination message"] = (options, pipe) => options with { TerminationMessageFile = pipe },
        ["owner lock"] = (options, pipe) => options with { OwnerLockFile = pipe },
    };

    public static TheoryData<string> FilesByName => [.. Files.Keys];

    private static bool IsOfModel(string name) =>
        name.StartsWith("model", StringComparison.Ordinal) || name == "template";

    public ProcessTests() => _options = new WorkerOptions
    {
        ModelPath = TinyModel.Write(_folder.File("tiny")),
        EndpointFile = _folder.File("endpoint.json"),
        KvCacheBytes = 64 << 20,
        LogLevel = LogLevel.None,
    };

    public void Dispose()
    {
        _worker?.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("QUIT")]
    public async Task A_signal_ends_an_idle_worker_well(string signal)
    {
        _worker = await WorkerProcess.StartAsync(_options);
        string file = await File.ReadAllTextAsync(_options.EndpointFile!, TestContext.Current.CancellationToken);
        JsonElement endpoint = JsonElement.Parse(file);
        Assert.Equal(_worker.Id, endpoint.GetProperty("pid").GetInt32());
        Assert.StartsWith("http://127.0.0.1:", endpoint.GetProperty("endpoint").GetString(), StringComparison.Ordinal);

        await _worker.SignalAsync(signal);

        Assert.Equal(WorkerExitCode.Drained, await _worker.ExitAsync());
    }

    [Theory]
    [InlineData(2_500_000)]
    [InlineData(900_000)]
    public async Task Bodies_that_grow_past_the_process_memory_are_errors_and_the_process_stays_below_it(int values)
    {
        const long Limit = 512L << 20;
        _worker = await WorkerProcess.StartAsync(_options, Limit);
        string many = string.Join(',', Enumerable.Repeat("\"x\"", values));
        const string Asked = """{"messages":[{"role":"user","content":"a"}],"max_tokens":1,"chat_template_kwargs":{"a":[""";
        string chat = Asked + many + "]}}";
        long most = 0;
        for (int round = 0; round < 2; round++)
        {
            Task<HttpResponseMessage>[] sent =
                [.. Enumerable.Range(0, 4).Select(_ => _worker.Http.PostAsync("/v1/chat/completions", Json(chat)))];
            Task all = Task.WhenAll(sent);
            while (!all.IsCompleted)
            {
                most = Math.Max(most, _worker.ResidentBytes());
                await Task.WhenAny(
                    all, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken));
            }

            await all;
            foreach (Task<HttpResponseMessage> one in sent)
            {
                using HttpResponseMessage response = await one;
                Assert.Contains((int)response.StatusCode, (int[])[200, 400, 413, 503]);
            }
        }

        Assert.False(_worker.HasExited);
        Assert.InRange(most, 1, Limit);
        await _worker.Http.GetStringAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);

        static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
    }

    [Fact]
    public async Task A_first_signal_waits_for_open_streams_and_a_second_does_not()
    {
        _worker = await WorkerProcess.StartAsync(_options);
        var body = new CompletionRequest { Prompt = "Go on", MaxTokens = 30_000, Stream = true };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = RunningWorker.Json(body) };
        using HttpResponseMessage open =
            await _worker.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        await _worker.SignalAsync("TERM");
        await Eventually.True("a draining worker", WorkerProcess.Soon, IsDrainingAsync, TestContext.Current.CancellationToken);
        Assert.False(_worker.HasExited);
        await _worker.SignalAsync("TERM");

        Assert.Equal(WorkerExitCode.Interrupted, await _worker.ExitAsync());

        async Task<bool> IsDrainingAsync()
        {
            Reply health = await Reply.ReadAsync(await _worker.Http.GetAsync("/health", TestContext.Current.CancellationToken));
            return health.Json.GetProperty("state").GetString() == "draining";
        }
    }

    [Theory]
    [MemberData(nameof(FilesByName))]
    public async Task A_pipe_where_a_file_is_named_ends_a_worker(string name)
    {
        string pipe = _folder.File("pipe.onnx");
        SpecialFile.Make("pipe", pipe);
        _worker = WorkerProcess.Launch(Files[name](_options, pipe));
        Assert.Equal(IsOfModel(name) ? WorkerExitCode.CannotServe : WorkerExitCode.Failed, await _worker.ExitAsync());
    }

    [Fact]
    public async Task A_pipe_among_a_models_further_files_ends_a_worker()
    {
        SpecialFile.Make("pipe", _folder.File("weights.bin"));
        _worker = WorkerProcess.Launch(_options with { ModelPath = await WriteModelAsync(OnnxSamples.LinearWithFile("weights.bin")) });
        Assert.Equal(WorkerExitCode.CannotServe, await _worker.ExitAsync());
    }

    /// <summary>ONNX Runtime loads in one call, which no token reaches.</summary>
    [Fact]
    public async Task A_second_signal_ends_a_worker_whose_load_hangs()
    {
        string model = await WriteModelAsync(OnnxSamples.SlowToLoad());
        _worker = WorkerProcess.Launch(_options with { ModelPath = model, Threads = 1 });
        await Eventually.True(
            "a worker that loads", WorkerProcess.Soon,
            () => Task.FromResult(File.Exists(_options.EndpointFile) && _worker.HasOpen(model)),
            TestContext.Current.CancellationToken);
        await _worker.SignalAsync("TERM");
        await _worker.SignalAsync("INT");
        Assert.Equal(WorkerExitCode.Interrupted, await _worker.ExitAsync());
    }

    [Fact]
    public async Task A_worker_ends_when_its_owner_never_comes_back()
    {
        string file = _folder.File("owner.lock");
        FileStream owner = new(file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        _worker = await WorkerProcess.StartAsync(_options with { OwnerLockFile = file, OwnerTimeout = TimeSpan.FromMilliseconds(200) });
        Assert.False(_worker.HasExited);

        await owner.DisposeAsync();

        Assert.Equal(WorkerExitCode.Drained, await _worker.ExitAsync());
    }

    private async Task<string> WriteModelAsync(byte[] model)
    {
        string file = _folder.File("model.onnx");
        await File.WriteAllBytesAsync(file, model, TestContext.Current.CancellationToken);
        return file;
    }
}
