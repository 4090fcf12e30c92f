using System.Text.Json;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>OpenAI's client for JavaScript with the fields that vLLM adds, against the whole platform.</summary>
public sealed class ClientFieldTests(PlatformFixture fixture)
{
    [Fact]
    public async Task OpenAIs_client_gets_what_it_asks_for_and_is_told_what_it_gets_wrong()
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        string script = Repository.PathOf("tests", "Trireme.EndToEnd.Tests", "JavaScript", "openai-fields.cjs");
        using HttpClient gateway = fixture.Platform.CreateClient();
        string address = gateway.BaseAddress!.ToString().TrimEnd('/');
        JsonElement seen =
            JsonElement.Parse(await JavaScriptPackages.RunAsync(script, input: null, address, fixture.Platform.ApiKey));

        Assert.Equal([0, 1, 2, 3, 4, 5, 5, 5], seen.GetProperty("counts").EnumerateArray().Select(static count => count.GetInt32()));
        Assert.Equal(0, seen.GetProperty("hidden").GetInt32());
        JsonElement stopped = seen.GetProperty("stopped");
        Assert.Equal("small", stopped.GetProperty("stop_reason").GetString());
        Assert.EndsWith("small", stopped.GetProperty("message").GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            ["token_id:305", "token_id:984", "token_id:305", "token_id:984"],
            seen.GetProperty("names").EnumerateArray()
                .SelectMany(static names => names.EnumerateArray())
                .Select(static name => name.GetString()));
        Assert.Equal(20, seen.GetProperty("answers").GetInt32());
        AssertRefused(seen.GetProperty("half"), "messages[0].content", "half a character");
        AssertRefused(seen.GetProperty("unsupported"), "use_beam_search", "not supported");
        AssertRefused(seen.GetProperty("long"), "messages[0].content", "100000 characters");
    }

    private static void AssertRefused(JsonElement error, string param, string says)
    {
        Assert.Equal((400, param), (error.GetProperty("status").GetInt32(), error.GetProperty("param").GetString()));
        Assert.Contains(says, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
