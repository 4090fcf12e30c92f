using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Testing;
using Trireme.Worker.Answers;
using Trireme.Worker.Http;

namespace Trireme.Worker.Tests;

/// <summary>What is the platform's to say of a caller, in headers, and what is left to the body.</summary>
public sealed class CallerTests(SharedWorker shared)
{
    private const string Completions = "/v1/completions";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string?, int?, int> Priorities { get; } = new()
    {
        { "nobody says anything", null, null, 0 },
        { "a body alone asks for an earlier turn", null, -5, 0 },
        { "a body alone asks for a later turn", null, 5, 5 },
        { "the key has an early place", "-5", null, -5 },
        { "a body steps back from it", "-5", 3, 3 },
        { "a body asks for more than it", "-5", -900, -5 },
        { "the key has a late place", "10", null, 10 },
        { "a body asks for an earlier one", "10", 0, 10 },
        { "a body goes further back", "10", int.MaxValue, int.MaxValue },
    };

    [Theory]
    [MemberData(nameof(Priorities))]
    public void A_body_only_lowers_its_own_turn(string sentence, string? header, int? asked, int expected)
    {
        var context = new DefaultHttpContext();
        if (header is not null) context.Request.Headers[TriremeHeaders.Priority] = header;
        var turn = QueueTurn.Read(context, TimeProvider.System, arrivedAt: 0, asked, out WorkerError? error);
        Assert.Null(error);
        Assert.True(turn.Priority == expected, $"{sentence}: {turn.Priority}");
    }

    [Theory]
    [InlineData("high")]
    [InlineData("1.5")]
    [InlineData("99999999999")]
    public async Task A_priority_that_is_no_number_is_refused_with_its_header(string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Completions) { Content = RunningWorker.Json("""{"prompt":"a"}""") };
        request.Headers.Add(TriremeHeaders.Priority, value);
        Reply reply = await Reply.ReadAsync(await shared.Worker.Http.SendAsync(request, Cancel));
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(TriremeHeaders.Priority, reply.Error.GetProperty("param").GetString());
    }

    [Theory]
    [InlineData(Completions, """{"prompt":"b","max_tokens":300,"priority":-5}""")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"b"}],"max_tokens":300,"priority":-5}""")]
    [InlineData("/v1/embeddings", """{"input":["long"],"priority":-5}""")]
    public async Task A_body_cannot_overtake_who_waits(string path, string body)
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options => options with { MaxSequences = 1 });
        var order = new List<string>();
        Task fair, greedy;
        // Long enough that both wait before it ends: every token of it attends to all before.
        var first = new CompletionRequest { Prompt = new string('o', 20_000), MaxTokens = 12_000, Stream = true };
        using (HttpResponseMessage running = await worker.OpenStreamAsync(Completions, first))
        {
            fair = AskAsync("fair", Completions, """{"prompt":"a","max_tokens":1}""");
            await WaitingAsync(1);
            greedy = AskAsync("greedy", path, body.Replace("long", new string('b', 5000), StringComparison.Ordinal));
            await WaitingAsync(2);
        }

        await Task.WhenAll(fair, greedy);
        Assert.Equal(["fair", "greedy"], order);

        async Task AskAsync(string name, string to, string json)
        {
            Reply reply = await worker.PostAsync(to, json);
            Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
            lock (order) order.Add(name);
        }

        Task WaitingAsync(int count) => Eventually.True(
            $"{count} waiting",
            TimeSpan.FromSeconds(20),
            async () => (await worker.GetAsync("/load")).Json.GetProperty("waiting").GetInt32() == count);
    }

    [Theory]
    [InlineData(Completions, "prompt")]
    [InlineData("/v1/embeddings", "input")]
    public async Task A_prompt_of_another_caller_is_not_found_in_the_cache(string path, string field)
    {
        string text = $"{path} " + new string('x', 300);
        Assert.Equal(0, await CachedAsync("one", null));
        Assert.True(await CachedAsync("one", null) > 200);
        Assert.Equal(0, await CachedAsync("two", null));
        Assert.Equal(0, await CachedAsync(null, null));
        Assert.Equal(0, await CachedAsync("one", "own"));
        Assert.True(await CachedAsync("one", "own") > 200);
        Assert.Equal(0, await CachedAsync(null, "own"));
        Assert.True(await CachedAsync(null, "own") > 200);

        async Task<int> CachedAsync(string? caller, string? salt)
        {
            var body = new Dictionary<string, object> { [field] = text };
            if (salt is not null) body["cache_salt"] = salt;
            using var request = new HttpRequestMessage(HttpMethod.Post, path);
            request.Content = RunningWorker.Json(JsonSerializer.Serialize(body));
            if (caller is not null) request.Headers.Add(TriremeHeaders.CacheSalt, caller);
            Reply reply = await Reply.ReadAsync(await shared.Worker.Http.SendAsync(request, Cancel));
            Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
            return reply.Json.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
        }
    }

    [Fact]
    public void No_body_reaches_what_another_header_keeps_apart()
    {
        (string? Header, string? Body)[] callers =
        [
            (null, null), (null, "a"), (null, "platform 1 a"), (null, "body a"), (null, "1 a"), ("a", null), ("b", null), ("a", "a"),
            ("a", "b"), ("b", "a"), ("ab", null), ("a", "bc"), ("ab", "c"), ("abody c", null), ("a", "c"), ("body a", null),
        ];
        string[] salts = [.. callers.Select(caller => Salt(caller.Header, caller.Body) ?? "none")];
        Assert.Equal(salts.Length, salts.Distinct().Count());
        Assert.Equal(Salt(null, "a"), Salt("", "a"));

        static string? Salt(string? header, string? body)
        {
            var context = new DefaultHttpContext();
            if (header is not null) context.Request.Headers[TriremeHeaders.CacheSalt] = header;
            return CacheSalt.Of(context, body);
        }
    }
}
