using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>A response whose client has been told that it is complete is there whatever happens to the process that made it.</summary>
public sealed class KeptResponseTests
{
    [Fact]
    public async Task A_conversation_goes_on_after_the_platform_was_killed_and_at_a_gateway_by_itself()
    {
        using var folder = new TemporaryFolder();
        await using PlatformProcess platform = await PlatformProcess.StartAsync(folder.Path);
        string key = platform.ApiKey;
        (_, JsonObject first) = await AskAsync(new Uri(platform.Gateway), key, "\"input\":\"My name is Bo.\",\"stream\":true");
        await platform.KillAsync();
        await platform.StartAsync();

        var gateway = new Uri(platform.Gateway);
        using HttpClient client = Client(gateway, key);
        JsonNode kept = JsonNode.Parse(
            await client.GetStringAsync($"/v1/responses/{first["id"]}", TestContext.Current.CancellationToken))!;
        Assert.Equal(first.ToJsonString(), kept.ToJsonString());

        await using GatewayProcess other = await GatewayProcess.StartAsync(folder.Path);
        (HttpStatusCode status, JsonObject second) = await AskAsync(
            other.Address, key, $"\"input\":\"What is my name?\",\"previous_response_id\":\"{first["id"]}\"");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True((int)second["usage"]!["input_tokens"]! > (int)first["usage"]!["input_tokens"]!);

        string another = (await platform.RunAsync("key", "create", "another", "-n", "default")).Output.Trim();
        await Eventually.True("the other key is known", TimeSpan.FromSeconds(60), async () =>
        {
            using HttpClient theirs = Client(gateway, another);
            using HttpResponseMessage answer =
                await theirs.GetAsync($"/v1/responses/{second["id"]}", TestContext.Current.CancellationToken);
            return answer.StatusCode == HttpStatusCode.NotFound;
        });
    }

    /// <summary>The response, of a stream that which its last event has.</summary>
    private static async Task<(HttpStatusCode Status, JsonObject Body)> AskAsync(Uri gateway, string key, string fields)
    {
        using HttpClient client = Client(gateway, key);
        using var body = new StringContent(
            $"{{\"model\":\"tiny\",\"max_output_tokens\":6,{fields}}}", Encoding.UTF8, "application/json");
        using HttpResponseMessage response =
            await client.PostAsync("/v1/responses", body, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            return (response.StatusCode, JsonNode.Parse(text)!.AsObject());
        }

        string last = text.TrimEnd().Split("\ndata: ")[^1];
        return (response.StatusCode, JsonNode.Parse(last)!["response"]!.AsObject());
    }

    private static HttpClient Client(Uri gateway, string key)
    {
        var root = new Uri(gateway.GetLeftPart(UriPartial.Authority));
        var client = new HttpClient { BaseAddress = root, Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }
}
