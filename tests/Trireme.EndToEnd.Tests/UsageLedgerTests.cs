using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>What clients used is in the ledger to the token, and budgets stay spent, whatever kills the process that answered.</summary>
public sealed class UsageLedgerTests : IAsyncLifetime
{
    private const int Streams = 4;

    /// <summary>Tokens of a stream that takes long.</summary>
    private const int Long = 500;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private PlatformProcess _platform = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _platform = await PlatformProcess.StartAsync(_folder.Path);

        // A token of an answer costs one, and a prompt nothing.
        CommandResult priced = await _platform.KubectlAsync(
            "patch", "modelservice", "tiny", "--type=merge", "-p", """{"spec":{"price":{"output":1000000}}}""");
        Assert.True(priced.ExitCode == 0, priced.Error);
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task After_a_kill_the_sums_are_what_clients_saw_and_a_spent_budget_is_spent()
    {
        await PriceIsKnownAsync();
        string key = await KeyAsync("--cost-per-day", "100000"), poor = await KeyAsync("--cost-per-day", "30");
        Used seen = default;
        for (int i = 0; i < 6; i++) seen = seen.Plus(await AskAsync(key, 5 + i, stream: i % 2 == 0));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(poor, 20));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(poor, 20));

        // Streams in the middle of which the platform is killed: their engine is held up, so that nothing ends meanwhile.
        Opened[] got = await OpenAsync(key);
        await _platform.KillAsync();
        await SignalWorkersAsync("-CONT");
        Used[] ended = await Task.WhenAll(got.Select(static stream => stream.Ended));
        foreach (Used whole in ended.Where(static one => one.Requests == 1)) seen = seen.Plus(whole);
        Used cutOff = ended.Where(static one => one.Requests == 0).Aggregate(default(Used), static (sum, one) => sum.Plus(one));
        await _platform.StartAsync();

        JsonNode report = await UsageAsync("--by", "outcome", "--key", IdOf(key));
        JsonNode completed = Item(report, "completed"), cut = Item(report, "cut");
        Assert.Equal(seen, new Used((long)completed["requests"]!, (long)completed["promptTokens"]!, (long)completed["outputTokens"]!));
        Assert.Equal(seen.Output, (decimal)completed["cost"]!);
        Assert.Equal(ended.Count(static one => one.Requests == 0), (int)cut["requests"]!);
        Assert.True((int)cut["outputTokens"]! >= cutOff.Output, $"{cut["outputTokens"]} of {cutOff.Output} that clients got");
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(poor, 20));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(key, 5));

        // Killed again, nothing is counted twice.
        await _platform.KillAsync();
        await _platform.StartAsync();
        JsonNode again = await UsageAsync("--by", "outcome", "--key", IdOf(key));
        Assert.Equal(seen.Requests + 1, (long)Item(again, "completed")["requests"]!);
        Assert.Equal(cut.ToJsonString(), Item(again, "cut").ToJsonString());
    }

    [Fact]
    public async Task A_key_sees_what_it_used_itself_and_the_platform_sees_all()
    {
        string one = await KeyAsync(), other = await KeyAsync();
        Used used = await AskAsync(one, 5, stream: true);
        await AskAsync(other, 7, stream: false);
        using HttpClient client = ClientOf(one);
        JsonNode own = JsonNode.Parse(await client.GetStringAsync("usage?by=key,model&namespace=other&key=other", Cancel))!;
        JsonNode item = Assert.Single(own["items"]!.AsArray())!;
        Assert.Equal((IdOf(one), "tiny"), ((string)item["key"]!, (string)item["model"]!));
        Assert.Equal(used, new Used((long)item["requests"]!, (long)item["promptTokens"]!, (long)item["outputTokens"]!));

        JsonNode all = await UsageAsync("--by", "key", "--since", "7d", "-n", "default");
        string[] keys = [.. all["items"]!.AsArray().Select(static found => (string)found!["key"]!)];
        Assert.True(keys.Contains(IdOf(one)) && keys.Contains(IdOf(other)), string.Join(' ', keys));
        Assert.Equal(
            all["items"]!.AsArray().Sum(static found => (long)found!["requests"]!), (long)all["total"]!["requests"]!);
        JsonNode listed = JsonNode.Parse((await _platform.RunAsync("key", "list", "-o", "json")).Output)!;
        JsonNode mine = listed["items"]!.AsArray().Single(key => (string)key!["id"]! == IdOf(one))!;
        Assert.Equal((string)item["lastUsed"]!, (string)mine["lastUsed"]!);
        CommandResult csv = await _platform.RunAsync("usage", "--by", "tenant,key,outcome", "-o", "csv");
        Assert.Contains($"\ndefault,{IdOf(one)},completed,1,1,", csv.Output, StringComparison.Ordinal);
        CommandResult wrong = await _platform.RunAsync("usage", "--by", "modle");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("\"model\"", wrong.Error, StringComparison.Ordinal);
    }

    private async Task PriceIsKnownAsync()
    {
        string probe = await KeyAsync();
        await Eventually.True("that tokens cost something", Soon, async () =>
        {
            await AskAsync(probe, 1, stream: false);
            return (decimal)(await UsageAsync("--by", "key", "--key", IdOf(probe)))["total"]!["cost"]! > 0;
        });
    }

    private async Task<string> KeyAsync(params string[] terms)
    {
        CommandResult made = await _platform.RunAsync(["key", "create", "a key", .. terms]);
        Assert.True(made.ExitCode == 0, made.Error);
        string key = made.Output.Trim();
        using HttpClient client = ClientOf(key);
        await Eventually.True("that the key opens", Soon, async () =>
        {
            using HttpResponseMessage models = await client.GetAsync(new Uri("models", UriKind.Relative), Cancel);
            return models.IsSuccessStatusCode;
        });
        return key;
    }

    private static string IdOf(string key) => key.Split('_')[1];

    private async Task<JsonNode> UsageAsync(params string[] arguments)
    {
        CommandResult shown = await _platform.RunAsync(["usage", .. arguments, "-o", "json"]);
        Assert.True(shown.ExitCode == 0, shown.Error);
        return JsonNode.Parse(shown.Output)!;
    }

    private static JsonNode Item(JsonNode report, string outcome) =>
        Assert.Single(report["items"]!.AsArray(), item => (string)item!["outcome"]! == outcome)!;

    /// <summary>What a whole answer says of itself.</summary>
    private async Task<Used> AskAsync(string key, int tokens, bool stream)
    {
        using HttpClient client = ClientOf(key);
        using HttpResponseMessage answer = await client.PostAsJsonAsync("completions", Body(tokens, stream), Cancel);
        string text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, text);
        if (stream) Assert.EndsWith("data: [DONE]", text.TrimEnd(), StringComparison.Ordinal);
        string said = stream ? text.Split("\n\n").Last(static line => line.StartsWith("data: {", StringComparison.Ordinal))[6..] : text;
        JsonNode usage = JsonNode.Parse(said)!["usage"]!;
        return new Used(1, (long)usage["prompt_tokens"]!, (long)usage["completion_tokens"]!);
    }

    private async Task<HttpStatusCode> StatusAsync(string key, int tokens)
    {
        using HttpClient client = ClientOf(key);
        using HttpResponseMessage answer = await client.PostAsJsonAsync("completions", Body(tokens, stream: false), Cancel);
        return answer.StatusCode;
    }

    /// <summary>Begins streams and holds their engine up in the middle of at least one.</summary>
    private async Task<Opened[]> OpenAsync(string key)
    {
        var all = new List<Opened>();
        while (all.Count < 40)
        {
            Opened[] some = [.. Enumerable.Range(0, Streams).Select(_ => new Opened())];
            all.AddRange(some);
            foreach (Opened stream in some) stream.Ended = ReadAsync(key, stream);
            await Task.WhenAny(some.Select(static stream => stream.Begun.Task)).WaitAsync(Soon, Cancel);
            await SignalWorkersAsync("-STOP");
            await Eventually.True("that what has ended is told", Soon, async () =>
                await RunningAsync() == Open(all) && await RunningAsync() == Open(all));
            if (Open(all) > 0) return [.. all];
            await SignalWorkersAsync("-CONT");
        }

        throw new InvalidOperationException("Every stream was over before its engine could be held up.");
    }

    private static int Open(IEnumerable<Opened> streams) => streams.Count(static stream => !stream.Ended.IsCompleted);

    /// <summary>Reads a stream to its end, or until it breaks off.</summary>
    private async Task<Used> ReadAsync(string key, Opened stream)
    {
        using HttpClient client = ClientOf(key);
        using var request = new HttpRequestMessage(HttpMethod.Post, "completions")
        {
            Content = JsonContent.Create(Body(Long, stream: true)),
        };
        var used = default(Used);
        try
        {
            using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancel));
            while (await reader.ReadLineAsync(Cancel) is { } line)
            {
                if (line == "data: [DONE]") return used with { Requests = 1 };
                if (!line.StartsWith("data: {", StringComparison.Ordinal)) continue;
                JsonNode chunk = JsonNode.Parse(line[6..])!;
                if (chunk["usage"] is JsonObject usage)
                {
                    used = new Used(0, (long)usage["prompt_tokens"]!, (long)usage["completion_tokens"]!);
                    continue;
                }

                int tokens = chunk["choices"]!.AsArray().Sum(static choice => choice!["token_ids"]?.AsArray().Count ?? 0);
                used = used with { Output = used.Output + tokens };
                if (tokens > 0) stream.Begun.TrySetResult();
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The platform was killed, of some before their answer had begun.
        }

        return used;
    }

    private async Task<int> RunningAsync()
    {
        using HttpClient client = _platform.CreateTelemetryClient();
        string metrics = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancel);
        return (int)metrics.Split('\n')
            .Where(static line => line.StartsWith("trireme_gateway_requests_in_flight{", StringComparison.Ordinal))
            .Sum(static line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    private async Task SignalWorkersAsync(string signal)
    {
        foreach (int pid in _platform.WorkerPids())
        {
            CommandResult sent = await CommandResult.RunAsync("kill", [signal, pid.ToString(CultureInfo.InvariantCulture)]);
            Assert.Equal(0, sent.ExitCode);
        }
    }

    private static JsonObject Body(int tokens, bool stream)
    {
        var body = new JsonObject
        {
            ["model"] = "tiny",
            ["prompt"] = new JsonArray(5, 6),
            ["max_tokens"] = tokens,
            ["ignore_eos"] = true,
            ["stream"] = stream,
            ["return_token_ids"] = true,
        };
        if (stream) body["stream_options"] = new JsonObject { ["include_usage"] = true };
        return body;
    }

    private HttpClient ClientOf(string key)
    {
        HttpClient client = _platform.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private sealed class Opened
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Used> Ended { get; set; } = Task.FromResult(default(Used));
    }

    /// <param name="Requests">1 for an answer that came whole, else 0.</param>
    /// <param name="Prompt">Tokens of the prompt.</param>
    /// <param name="Output">Generated tokens.</param>
    private readonly record struct Used(long Requests, long Prompt, long Output)
    {
        public Used Plus(Used other) => new(Requests + other.Requests, Prompt + other.Prompt, Output + other.Output);
    }
}
