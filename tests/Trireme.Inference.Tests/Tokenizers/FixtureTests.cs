using System.Text.Json;
using Trireme.Inference.Formats;
using Trireme.Inference.Tokenizers;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Tokenizers;

/// <summary>Tokens and prompts that transformers produced from small trained tokenizers.</summary>
public sealed class FixtureTests
{
    [Theory]
    [InlineData("llama-tied")]
    [InlineData("llama3-rope")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void Tokens_and_rendered_prompts_equal_those_of_transformers(string name)
    {
        if (Fixtures.Find("engine/" + name) is not { } folder)
        {
            Assert.Skip("the fixtures are not on this machine");
            return;
        }

        TokenizerFiles files = TokenizerFiles.Read(folder, [], null);
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
        int conversations = 0;
        foreach (JsonElement item in expected.RootElement.GetProperty("cases").EnumerateArray())
        {
            string text = item.GetProperty("text").GetString()!;
            int[] ids = [.. item.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal(ids, files.Tokenizer.Encode(text));
            Assert.Equal(text, files.Tokenizer.Decode(ids, skipSpecial: false));
            int[] greedy = [.. item.GetProperty("greedy").EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal(item.GetProperty("greedy_text").GetString(), files.Tokenizer.Decode(greedy, skipSpecial: false));
            JsonElement messages = item.GetProperty("messages");
            if (messages.ValueKind == JsonValueKind.Null) continue;
            conversations++;
            PromptText prompt = files.ChatTemplate!.RenderPrompt(new() { Messages = [.. messages.EnumerateArray()] });
            Assert.Equal(text, prompt.Text);
            Assert.Equal(ids, files.Tokenizer.Encode(prompt.Text, addSpecial: false));
            // Whose words they are makes no difference to honest ones, at the seams neither.
            Assert.Equal(ids, files.Tokenizer.Encode(prompt, addSpecial: false));
        }

        Assert.True(conversations > 0);
    }
}
