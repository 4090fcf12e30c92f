using System.Text.Json;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.OpenAi;
using Trireme.Testing;

namespace Trireme.Worker.Tests.Hosting;

/// <summary>Workers in processes of their own, which only signals and locks reach.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WorkerOptions _options;
    private WorkerProcess? _worker;

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
}
