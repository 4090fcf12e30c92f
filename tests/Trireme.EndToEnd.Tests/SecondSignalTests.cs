using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Who asks a second time does not wait for what still drains.</summary>
public sealed class SecondSignalTests
{
    [Fact]
    public async Task A_second_signal_ends_the_platform_at_once_and_the_next_one_finds_its_objects()
    {
        using var folder = new TemporaryFolder();
        await using PlatformProcess platform = await PlatformProcess.StartAsync(folder.Path);
        using HttpClient client = platform.CreateClient();
        using HttpResponseMessage open = await StartLongAnswerAsync(client);
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        string pid = platform.Pid.ToString(CultureInfo.InvariantCulture);

        // One after the other, because two of a kind that arrive together are one; and no SIGINT, which programs in the background ignore.
        await CommandResult.RunAsync("kill", ["-TERM", pid]);
        await Eventually.True(
            "that it stops", TimeSpan.FromSeconds(20), () => Task.FromResult(platform.Output.Contains("Stopping", StringComparison.Ordinal)));
        await CommandResult.RunAsync("kill", ["-TERM", pid]);
        await platform.WaitForExitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains("ended at once by a second signal", platform.Output, StringComparison.Ordinal);

        await platform.StartAsync();
        Assert.Single(await platform.ListAsync("modelservices"));
    }

    /// <summary>A stream that one signal alone would wait for.</summary>
    private static Task<HttpResponseMessage> StartLongAnswerAsync(HttpClient client)
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
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = JsonContent.Create(body) };
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }
}
