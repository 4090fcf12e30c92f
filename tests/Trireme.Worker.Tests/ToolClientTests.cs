using System.Text.Json;
using Trireme.Testing;

namespace Trireme.Worker.Tests;

/// <summary>
/// JavaScript clients call functions of the sample model. It cannot choose to by itself, so the requests make it; its own template
/// shows no tools, so it is served with another one.
/// </summary>
public sealed class ToolClientTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RunningWorker? _worker;

    public async ValueTask InitializeAsync()
    {
        if (!JavaScriptPackages.Exist) return;
        string sample = Repository.PathOf("samples", "models", "tiny");
        foreach (string file in Directory.EnumerateFiles(sample)) File.Copy(file, _folder.File(Path.GetFileName(file)));
        string template = Repository.PathOf("tests", "Trireme.Inference.Tests", "Templates", "Reference", "hermes.jinja");
        File.Copy(template, _folder.File("chat_template.jinja"), overwrite: true);
        _worker = await RunningWorker.StartAsync(options => options with { ModelPath = _folder.Path, ServedModelName = "tiny" });
    }

    public async ValueTask DisposeAsync()
    {
        if (_worker is not null) await _worker.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task OpenAIs_client_reads_calls_whole_and_streamed_and_goes_on_with_their_results()
    {
        JsonElement rounds = await RunAsync("openai-tools.cjs");

        Assert.Equal(4, rounds.GetArrayLength());
        foreach (JsonElement round in rounds.EnumerateArray())
        {
            JsonElement called = round.GetProperty("called");
            Assert.Contains(called.GetProperty("finish_reason").GetString(), new[] { "tool_calls", "length" });
            JsonElement[] calls = [.. called.GetProperty("message").GetProperty("tool_calls").EnumerateArray()];
            Assert.NotEmpty(calls);
            foreach (JsonElement call in calls)
            {
                Assert.StartsWith("call_", call.GetProperty("id").GetString(), StringComparison.Ordinal);
                Assert.Equal("find_animal", call.GetProperty("function").GetProperty("name").GetString());
                AssertArguments(JsonElement.Parse(call.GetProperty("function").GetProperty("arguments").GetString()!));
            }

            if (called.TryGetProperty("deltas", out JsonElement deltas))
            {
                Assert.True(deltas.GetArrayLength() > 3, "The arguments did not come in pieces.");
                Assert.Equal(
                    string.Concat(calls.Select(call => call.GetProperty("function").GetProperty("arguments").GetString())),
                    string.Concat(deltas.EnumerateArray().Select(delta => delta.GetString())));
            }

            Assert.NotEqual("", round.GetProperty("next").GetProperty("message").GetProperty("content").GetString());
        }

        // The same request gives the same call, streamed or not.
        Assert.Equal(Arguments(rounds[0]), Arguments(rounds[1]));
        Assert.Equal(Arguments(rounds[2]), Arguments(rounds[3]));

        static string Arguments(JsonElement round)
        {
            JsonElement call = round.GetProperty("called").GetProperty("message").GetProperty("tool_calls")[0];
            return call.GetProperty("function").GetProperty("arguments").GetString()!;
        }
    }

    [Fact]
    public async Task The_AI_SDK_reads_calls_whole_and_streamed_runs_them_and_goes_on_with_their_results()
    {
        JsonElement answer = await RunAsync("ai-sdk-tools.cjs");

        Assert.Equal(4, answer.GetProperty("output").GetArrayLength());
        int calls = 0;
        bool isStreamed = false;
        foreach (JsonElement round in answer.GetProperty("output").EnumerateArray())
        {
            JsonElement steps = round.GetProperty("steps");
            Assert.Equal(2, steps.GetArrayLength());
            Assert.Contains(steps[0].GetProperty("finishReason").GetString(), new[] { "tool-calls", "length" });
            foreach (JsonElement call in steps[0].GetProperty("calls").EnumerateArray())
            {
                calls++;
                Assert.Equal("find_animal", call.GetProperty("name").GetString());
                Assert.False(call.GetProperty("invalid").GetBoolean());
                AssertArguments(call.GetProperty("input"));
            }

            Assert.Equal(steps[0].GetProperty("calls").GetArrayLength(), steps[0].GetProperty("results").GetArrayLength());
            Assert.Empty(steps[1].GetProperty("calls").EnumerateArray());
            Assert.NotEqual("", steps[1].GetProperty("text").GetString());
            Assert.Equal(isStreamed, round.GetProperty("deltas").GetArrayLength() > 3);
            isStreamed = !isStreamed;
        }

        Assert.Equal(calls, answer.GetProperty("executed").GetArrayLength());
    }

    private static void AssertArguments(JsonElement arguments)
    {
        Assert.True(arguments.GetProperty("animal").GetString()!.EnumerateRunes().Count() <= 12);
        Assert.InRange(arguments.GetProperty("places").GetArrayLength(), 0, 2);
        foreach (JsonElement place in arguments.GetProperty("places").EnumerateArray())
        {
            Assert.Contains(place.GetString(), new[] { "forest", "lake" });
        }
    }

    private async Task<JsonElement> RunAsync(string script)
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        string path = Repository.PathOf("tests", "Trireme.Worker.Tests", "JavaScript", script);
        string output = await JavaScriptPackages.RunAsync(path, input: null, _worker!.Http.BaseAddress!.ToString().TrimEnd('/'));
        return JsonElement.Parse(output);
    }
}
