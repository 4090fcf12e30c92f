using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>Says an engine's error about a chat completion with the names that its fields have for a response.</summary>
internal static class ResponseErrors
{
    private static readonly (string Engine, string Client)[] Fields =
    [
        ("max_completion_tokens", "max_output_tokens"), ("max_tokens", "max_output_tokens"), ("response_format", "text.format"),
        ("reasoning_effort", "reasoning.effort"), ("messages", "input"),
    ];

    public static GatewayError Named(GatewayError error)
    {
        if (error.Param is not { } param) return error;
        foreach ((string engine, string client) in Fields)
        {
            bool isIt = param.StartsWith(engine, StringComparison.Ordinal)
                && (param.Length == engine.Length || param[engine.Length] is '.' or '[');
            if (!isIt) continue;

            // Items and messages are counted differently, so that a place among these would name another one there.
            string named = engine == "messages" ? client : client + param[engine.Length..];
            return error with { Param = named, Message = error.Message.Replace(param, named, StringComparison.Ordinal) };
        }

        return error;
    }
}
