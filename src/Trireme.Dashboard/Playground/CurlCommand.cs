using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Contracts.Serialization;
using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Playground;

/// <summary>A request of the playground as a command line for a shell. The key is a variable; it is never shown.</summary>
internal static class CurlCommand
{
    public static string Of(ChatCompletionRequest request, Uri gateway)
    {
        string body = JsonSerializer.Serialize(PlaygroundClient.AsStream(request), OpenAiJson.Options);
        return $"""
            curl -sSN {gateway.AbsoluteUri}chat/completions \
              -H "Authorization: Bearer $OPENAI_API_KEY" \
              -H "Content-Type: application/json" \
              -d {ShellWord.Of(body)}
            """;
    }
}
