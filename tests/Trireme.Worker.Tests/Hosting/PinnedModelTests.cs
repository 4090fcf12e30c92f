using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Engines;
using Trireme.Contracts.OpenAi;
using Trireme.Contracts.Serialization;
using Trireme.Testing;
using Trireme.Worker.Tests.Onnx;

namespace Trireme.Worker.Tests.Hosting;

/// <summary>Workers that are told the digests of their files.</summary>
public sealed class PinnedModelTests : IDisposable
{
    private const string Weights = "tiny/model.safetensors";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();
    private readonly WorkerOptions _options;

    public PinnedModelTests()
    {
        TinyModel.Write(_folder.File("tiny"));
        File.WriteAllText(_folder.File("tiny", "generation_config.json"), "{}");
        TinyAdapter.Write(_folder.File("adapter"));
        File.WriteAllText(_folder.File("mine.jinja"), "{% for message in messages %}{{ message.content }}{% endfor %}");
        _options = new WorkerOptions
        {
            ModelPath = _folder.File("tiny"),
            EndpointFile = _folder.File("endpoint.json"),
            TerminationMessageFile = _folder.File("message"),
            ChatTemplateFile = _folder.File("mine.jinja"),
            EnableLora = true,
            LoraModules = new Dictionary<string, string> { ["tuned"] = _folder.File("adapter") },
            KvCacheBytes = 64 << 20,
            LogLevel = LogLevel.None,
            PinsFile = _folder.File("pins.json"),
        };
        string[] folders = [_options.ModelPath, _folder.File("adapter")];
        WritePins([.. folders.SelectMany(folder => Directory.EnumerateFiles(folder)), _options.ChatTemplateFile!]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_worker_whose_files_are_those_it_was_told_of_serves_and_says_what_the_check_took()
    {
        using WorkerProcess worker = await WorkerProcess.StartAsync(_options);
        Reply startup = await Reply.ReadAsync(await worker.Http.GetAsync("/startup", TestContext.Current.CancellationToken));
        Assert.Contains("\"verify\"", startup.Body, StringComparison.Ordinal);
        await worker.SignalAsync("TERM");
        Assert.Equal(WorkerExitCode.Drained, await worker.ExitAsync());
    }

    [Theory]
    [InlineData(Weights, "flip")]
    [InlineData(Weights, "cut")]
    [InlineData(Weights, "delete")]
    [InlineData("tiny/tokenizer.json", "flip")]
    [InlineData("tiny/config.json", "flip")]
    [InlineData("tiny/config.json", "delete")]
    [InlineData("tiny/generation_config.json", "delete")]
    [InlineData("tiny/generation_config.json", "flip")]
    [InlineData("adapter/adapter_model.safetensors", "flip")]
    [InlineData("adapter/adapter_model.safetensors", "cut")]
    [InlineData("adapter/adapter_config.json", "flip")]
    [InlineData("mine.jinja", "flip")]
    public async Task A_changed_file_keeps_it_from_serving_and_is_named(string file, string change)
    {
        if (change == "flip") FlipUnderOldTime(PathOf(file));
        if (change == "cut") Cut(PathOf(file), 1000);
        if (change == "delete") File.Delete(PathOf(file));
        using var stop = new CancellationTokenSource(Soon);
        Assert.Equal(WorkerExitCode.ModelFileChanged, await WorkerHost.RunAsync(_options, stop.Token, CancellationToken.None));
        string message = await File.ReadAllTextAsync(_options.TerminationMessageFile!, TestContext.Current.CancellationToken);
        Assert.StartsWith(PathOf(file), message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_it_was_not_told_of_is_not_read()
    {
        File.WriteAllText(_folder.File("tiny", "special.jinja"), "not read");
        File.WriteAllText(PathOf("tiny/modules.json"), "[]");
        using var stop = new CancellationTokenSource(Soon);
        Assert.Equal(WorkerExitCode.ModelFileChanged, await WorkerHost.RunAsync(_options, stop.Token, CancellationToken.None));
        string message = await File.ReadAllTextAsync(_options.TerminationMessageFile!, TestContext.Current.CancellationToken);
        Assert.StartsWith(PathOf("tiny/modules.json") + " is not among the files that were verified.", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_changed_in_place_end_a_worker_that_serves_and_a_new_time_alone_does_not()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(_ => _options);
        File.SetLastWriteTimeUtc(PathOf(Weights), File.GetLastWriteTimeUtc(PathOf(Weights)).AddDays(-1));
        // Another file under the name is not what this worker has mapped.
        File.Copy(PathOf("tiny/tokenizer.json"), _folder.File("copy"));
        File.Move(_folder.File("copy"), PathOf("tiny/tokenizer.json"), overwrite: true);
        await Task.WhenAny(worker.Exit, AnswerAsync(worker, times: 20));
        Assert.False(worker.Exit.IsCompleted);

        FlipUnderOldTime(PathOf(Weights));
        Assert.Equal(WorkerExitCode.ModelFileChanged, await worker.Exit.WaitAsync(Soon, TestContext.Current.CancellationToken));
        string message = await File.ReadAllTextAsync(_options.TerminationMessageFile!, TestContext.Current.CancellationToken);
        Assert.StartsWith(PathOf(Weights), message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_cut_short_under_an_answer_end_it_with_a_code_of_their_own()
    {
        using WorkerProcess worker = await WorkerProcess.StartAsync(_options);
        var body = new CompletionRequest { Prompt = "Go on", MaxTokens = 30_000, Stream = true };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = RunningWorker.Json(body) };
        using HttpResponseMessage open =
            await worker.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Cut(PathOf(Weights), 0);
        Assert.Equal(WorkerExitCode.ModelFileChanged, await worker.ExitAsync());
    }

    [Fact]
    public async Task Deep_sleep_does_not_wake_with_other_weights()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(_ => _options);
        await worker.PostAsync("/sleep?level=2", "{}");
        // Another file under the name, which no open descriptor sees.
        File.Copy(PathOf(Weights), _folder.File("other"));
        FlipUnderOldTime(_folder.File("other"));
        File.Move(_folder.File("other"), PathOf(Weights), overwrite: true);
        Reply woken = await worker.PostAsync("/wake_up", "{}");
        Assert.False(woken.Response.IsSuccessStatusCode);
        Assert.Contains("was verified as", woken.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_onnx_model_is_held_to_its_digest_too()
    {
        string file = _folder.File("linear.onnx");
        await File.WriteAllBytesAsync(file, OnnxSamples.Linear(), TestContext.Current.CancellationToken);
        WritePins([file]);
        var options = new WorkerOptions
        {
            ModelPath = file,
            EndpointFile = _options.EndpointFile,
            TerminationMessageFile = _options.TerminationMessageFile,
            PinsFile = _options.PinsFile,
            LogLevel = LogLevel.None,
        };
        await using (RunningWorker worker = await RunningWorker.StartAsync(_ => options)) Assert.False(worker.Exit.IsCompleted);

        FlipUnderOldTime(file);
        using var stop = new CancellationTokenSource(Soon);
        Assert.Equal(WorkerExitCode.ModelFileChanged, await WorkerHost.RunAsync(options, stop.Token, CancellationToken.None));
        string message = await File.ReadAllTextAsync(options.TerminationMessageFile!, TestContext.Current.CancellationToken);
        Assert.StartsWith(file, message, StringComparison.Ordinal);
    }

    private static async Task AnswerAsync(RunningWorker worker, int times)
    {
        for (int i = 0; i < times; i++)
        {
            Reply reply = await worker.PostAsync("/v1/completions", new CompletionRequest { Prompt = $"{i}", MaxTokens = 200 });
            reply.Response.EnsureSuccessStatusCode();
        }
    }

    /// <summary>Changes the last byte, and the file's time back to what it was.</summary>
    private static void FlipUnderOldTime(string path)
    {
        DateTime modified = File.GetLastWriteTimeUtc(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = file.Length - 1;
            int last = file.ReadByte();
            file.Position = file.Length - 1;
            file.WriteByte((byte)(last ^ 1));
        }

        File.SetLastWriteTimeUtc(path, modified);
    }

    private static void Cut(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.SetLength(length);
    }

    private string PathOf(string file) => _folder.File(file.Split('/'));

    private void WritePins(string[] files)
    {
        var pins = new PinnedFileList { Files = [.. files.Select(path => new PinnedFile(path, Digest(path)))] };
        File.WriteAllText(_options.PinsFile!, JsonSerializer.Serialize(pins, ResourceJson.Options));
    }

    private static string Digest(string path) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
