using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Who asks a second time does not wait for what still drains.</summary>
public sealed class SecondSignalTests
{
    /// <summary>More than are generated before the platform is told to stop for the second time.</summary>
    private const int LongAnswers = 24;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_signal_ends_the_platform_at_once_and_the_next_one_finds_its_objects()
    {
        using var folder = new TemporaryFolder();
        await using PlatformProcess platform = await PlatformProcess.StartAsync(folder.Path);
        using HttpClient client = platform.CreateClient();
        Task<string>[] answers = await StartLongAnswersAsync(client);
        string pid = platform.Pid.ToString(CultureInfo.InvariantCulture);

        // One after the other, because two of a kind that arrive together are one. Not SIGINT: programs in the background ignore it.
        await CommandResult.RunAsync("kill", ["-TERM", pid]);
        await Eventually.True(
            "that it stops", Soon, () => Task.FromResult(platform.Output.Contains("Stopping", StringComparison.Ordinal)));
        await CommandResult.RunAsync("kill", ["-TERM", pid]);
        await platform.WaitForExitAsync(Soon);
        Assert.Contains("ended at once by a second signal", platform.Output, StringComparison.Ordinal);
        Assert.Contains(await Task.WhenAll(answers), answer => !answer.Contains("[DONE]", StringComparison.Ordinal));

        await platform.StartAsync();
        Assert.Single(await platform.ListAsync("modelservices"));
    }

    [Fact]
    public async Task A_second_signal_ends_a_worker_that_still_answers()
    {
        using var folder = new TemporaryFolder();
        string endpoint = folder.File("endpoint");
        using Process worker = Process.Start(
            PlatformProcess.Program,
            ["worker", "--model", Repository.PathOf("samples", "models", "tiny"), "--port", "0", "--endpoint-file", endpoint]);
        try
        {
            string address = await Eventually.Get(
                "a worker's address",
                Soon,
                async () => (string?)JsonNode.Parse(await File.ReadAllTextAsync(endpoint, Cancel))!["endpoint"]);
            using var client = new HttpClient { BaseAddress = new Uri(address) };
            await Eventually.True("a worker that is ready", Soon, () => IsHealthyAsync(client));
            Task<string>[] answers = await StartLongAnswersAsync(client);
            string pid = worker.Id.ToString(CultureInfo.InvariantCulture);

            await CommandResult.RunAsync("kill", ["-TERM", pid]);
            await Eventually.True("that it drains", Soon, async () => !await IsHealthyAsync(client));
            await CommandResult.RunAsync("kill", ["-TERM", pid]);
            await worker.WaitForExitAsync(Cancel).WaitAsync(Soon, Cancel);
            Assert.Equal(130, worker.ExitCode);
            Assert.Contains(await Task.WhenAll(answers), answer => !answer.Contains("[DONE]", StringComparison.Ordinal));
        }
        finally
        {
            worker.Kill();
        }
    }

    private static async Task<bool> IsHealthyAsync(HttpClient client)
    {
        using HttpResponseMessage health = await client.GetAsync(new Uri("health", UriKind.Relative), Cancel);
        return health.IsSuccessStatusCode;
    }

    /// <summary>Streams that one signal alone would wait for, the first of them begun: what comes of each until its end.</summary>
    private static async Task<Task<string>[]> StartLongAnswersAsync(HttpClient client)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<string>[] answers = [.. Enumerable.Range(0, LongAnswers).Select(_ => ReadLongAnswerAsync(client, begun))];
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        return answers;
    }

    private static async Task<string> ReadLongAnswerAsync(HttpClient client, TaskCompletionSource begun)
    {
        var body = new JsonObject
        {
            ["model"] = "tiny",
            ["prompt"] = "Once",
            ["max_tokens"] = 400,
            ["n"] = 16,
            ["ignore_eos"] = true,
            ["stream"] = true,
        };
        var received = new StringBuilder();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = JsonContent.Create(body) };
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            using var reader = new StreamReader(await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(Cancel));
            while (await reader.ReadLineAsync(Cancel) is { } line)
            {
                received.AppendLine(line);
                begun.TrySetResult();
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // Cut with the platform.
        }

        return received.ToString();
    }
}
