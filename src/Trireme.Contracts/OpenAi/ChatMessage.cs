using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>One turn of a conversation.</summary>
public sealed record ChatMessage
{
    /// <summary>"system", "user", "assistant" or "tool".</summary>
    public string Role { get; init; } = "";

    /// <summary>The text. A list of text parts is read as their lines; other parts are refused.</summary>
    [JsonConverter(typeof(MessageContentConverter))]
    public string? Content { get; init; }

    /// <summary>What an assistant thought before it answered.</summary>
    public string? ReasoningContent { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }

    public string? ToolCallId { get; init; }

    /// <summary>Fields this type does not name.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; init; }

    public static ChatMessage System(string content) => new() { Role = "system", Content = content };

    public static ChatMessage User(string content) => new() { Role = "user", Content = content };

    public static ChatMessage Assistant(string content) => new() { Role = "assistant", Content = content };
}

/// <summary>A tool the assistant called.</summary>
public sealed record ToolCall
{
    public string? Id { get; init; }

    public string Type { get; init; } = "function";

    public FunctionCall? Function { get; init; }
}

/// <summary>Name and arguments of a called function.</summary>
public sealed record FunctionCall
{
    public string Name { get; init; } = "";

    /// <summary>JSON in a string. What a client sends as JSON itself is read as its text.</summary>
    [JsonConverter(typeof(CallArgumentsConverter))]
    public string Arguments { get; init; } = "";
}
