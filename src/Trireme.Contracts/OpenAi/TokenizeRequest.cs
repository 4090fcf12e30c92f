using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>Body of vLLM's POST /tokenize: a prompt or messages.</summary>
public sealed record TokenizeRequest
{
    public string? Model { get; init; }

    public string? Prompt { get; init; }

    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    public IReadOnlyList<JsonElement>? Tools { get; init; }

    public bool? AddGenerationPrompt { get; init; }

    /// <summary>Ends the prompt within the last message; add_generation_prompt must be false then.</summary>
    public bool? ContinueFinalMessage { get; init; }

    /// <summary>A Jinja template in place of the model's; taken only where the worker was told to trust it.</summary>
    public string? ChatTemplate { get; init; }

    public IReadOnlyDictionary<string, JsonElement>? ChatTemplateKwargs { get; init; }

    /// <summary>Adds what the tokenizer adds to a text; true for a prompt and false for messages when absent.</summary>
    public bool? AddSpecialTokens { get; init; }

    public bool? ReturnTokenStrs { get; init; }
}

/// <summary>Answer of POST /tokenize.</summary>
public sealed record TokenizeResponse
{
    public int Count { get; init; }

    public int MaxModelLen { get; init; }

    public IReadOnlyList<int> Tokens { get; init; } = [];

    /// <summary>The tokens as the vocabulary spells them.</summary>
    public IReadOnlyList<string>? TokenStrs { get; init; }
}

/// <summary>Body of vLLM's POST /detokenize.</summary>
public sealed record DetokenizeRequest
{
    public string? Model { get; init; }

    [JsonConverter(typeof(TokenIdsConverter))]
    public IReadOnlyList<int>? Tokens { get; init; }
}

/// <summary>Answer of POST /detokenize.</summary>
public sealed record DetokenizeResponse
{
    public string Prompt { get; init; } = "";
}
