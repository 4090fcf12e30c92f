using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.OpenAi;
using Trireme.Testing;

namespace Trireme.Worker.Tests.Hosting;

/// <summary>Workers in processes of their own, which only signals and locks reach.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    private readonly TemporaryFolder _folder = new();
    private readonly WorkerOptions _options;
    private Process? _process;

    public ProcessTests() => _options = new WorkerOptions
    {
        ModelPath = TinyModel.Write(_folder.File("tiny")),
        EndpointFile = _folder.File("endpoint.json"),
        KvCacheBytes = 64 << 20,
        LogLevel = LogLevel.None,
    };

    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill();
        _process?.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_ends_an_idle_worker_well(string signal)
    {
        using HttpClient http = await StartAsync(_options);
        string file = await File.ReadAllTextAsync(_options.EndpointFile!, TestContext.Current.CancellationToken);
        JsonElement endpoint = JsonElement.Parse(file);
        Assert.Equal(_process!.Id, endpoint.GetProperty("pid").GetInt32());
        Assert.StartsWith("http://127.0.0.1:", endpoint.GetProperty("endpoint").GetString(), StringComparison.Ordinal);

        await SignalAsync(signal);

        Assert.Equal(WorkerExitCode.Drained, await ExitAsync());
    }

    [Fact]
    public async Task A_first_signal_waits_for_open_streams_and_a_second_does_not()
    {
        using HttpClient http = await StartAsync(_options);
        var body = new CompletionRequest { Prompt = "Go on", MaxTokens = 30_000, Stream = true };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = RunningWorker.Json(body) };
        using HttpResponseMessage open =
            await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        await SignalAsync("TERM");
        await Eventually.True("a draining worker", Soon, IsDrainingAsync, TestContext.Current.CancellationToken);
        Assert.False(_process!.HasExited);
        await SignalAsync("TERM");

        Assert.Equal(WorkerExitCode.Interrupted, await ExitAsync());

        async Task<bool> IsDrainingAsync()
        {
            Reply health = await Reply.ReadAsync(await http.GetAsync("/health", TestContext.Current.CancellationToken));
            return health.Json.GetProperty("state").GetString() == "draining";
        }
    }

    [Fact]
    public async Task A_worker_ends_when_its_owner_never_comes_back()
    {
        string file = _folder.File("owner.lock");
        FileStream owner = new(file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        using HttpClient http = await StartAsync(_options with { OwnerLockFile = file, OwnerTimeout = TimeSpan.FromMilliseconds(200) });
        Assert.False(_process!.HasExited);

        await owner.DisposeAsync();

        Assert.Equal(WorkerExitCode.Drained, await ExitAsync());
    }

    private async Task<HttpClient> StartAsync(WorkerOptions options)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        start.ArgumentList.Add(Program.WorkerMode);
        start.ArgumentList.Add(JsonSerializer.Serialize(options));
        _process = Process.Start(start)!;
        return await RunningWorker.ConnectAsync(options.EndpointFile!, _process.WaitForExitAsync());
    }

    private async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private async Task<int> ExitAsync()
    {
        await _process!.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Soon, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }
}
