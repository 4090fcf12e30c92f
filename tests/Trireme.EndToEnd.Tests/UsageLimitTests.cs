using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Limits of keys and tenants before the real engine.</summary>
public sealed class UsageLimitTests(PlatformFixture fixture)
{
    /// <summary>Tokens that a request wants.</summary>
    private const int Wanted = 200;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Streams_of_a_key_share_its_tokens_and_get_no_more()
    {
        using HttpClient client = await ClientAsync("--tokens-per-minute", "600", "--service", "tiny");
        string[] streams = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => StreamAsync(client)));
        int tokens = streams.Sum(TokensOf);
        int prompts = 2 * streams.Count(stream => TokensOf(stream) > 0);
        Assert.InRange(tokens + prompts, 570, 600);

        // One that ran ahead of the others has all that it wanted.
        Assert.All(streams, stream => Assert.Contains(
            TokensOf(stream) == Wanted ? "[DONE]" : "rate_limit_exceeded", stream, StringComparison.Ordinal));

        using HttpResponseMessage refused = await AskAsync(client, stream: false);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_key_is_rotated_without_a_gap_and_revoked_at_once()
    {
        string old = await RunAsync("key", "create", "rotated", "--requests-per-minute", "1000");
        string next = await RunAsync("key", "rotate", old, "--overlap", "2s");
        using HttpClient before = ClientOf(old), after = ClientOf(next);
        await Eventually.True("that the new one opens", Soon, async () => await StatusAsync(after) == HttpStatusCode.OK);
        await Eventually.True("that the old one expires", Soon, async () => await StatusAsync(before) == HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(after));
        JsonNode listed = JsonNode.Parse(await RunAsync("key", "list", "-o", "json"))!;
        JsonNode rotated = listed["items"]!.AsArray().Single(key => (string)key!["id"]! == next.Split('_')[1])!;
        Assert.Equal(("rotated", "1000 req/min"), ((string)rotated["for"]!, (string)rotated["limits"]!));
        await RunAsync("key", "revoke", next);
        await Eventually.True("that it is revoked", Soon, async () => await StatusAsync(after) == HttpStatusCode.Unauthorized);
    }

    private async Task<HttpClient> ClientAsync(params string[] terms)
    {
        HttpClient client = ClientOf(await RunAsync(["key", "create", "limited", .. terms]));
        await Eventually.True("that the key opens", Soon, async () =>
        {
            using HttpResponseMessage models = await client.GetAsync(new Uri("models", UriKind.Relative), Cancel);
            return models.IsSuccessStatusCode;
        });
        return client;
    }

    private HttpClient ClientOf(string key)
    {
        HttpClient client = fixture.Platform.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        CommandResult result = await fixture.Platform.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output.Trim();
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await AskAsync(client, stream: false, tokens: 1);
        return answer.StatusCode;
    }

    private static async Task<string> StreamAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await AskAsync(client, stream: true);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    private static Task<HttpResponseMessage> AskAsync(HttpClient client, bool stream, int tokens = Wanted)
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
        return client.PostAsJsonAsync("completions", body, Cancel);
    }

    /// <summary>Generated tokens that a client has got.</summary>
    private static int TokensOf(string stream) => stream.Split('\n')
        .Where(static line => line.StartsWith("data: {", StringComparison.Ordinal))
        .Select(static line => JsonNode.Parse(line["data: ".Length..])!)
        .SelectMany(static chunk => chunk["choices"]?.AsArray() ?? [])
        .Sum(static choice => choice!["token_ids"]?.AsArray().Count ?? 0);
}
