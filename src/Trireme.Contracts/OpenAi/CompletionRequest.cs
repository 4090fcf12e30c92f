using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>Body of POST /v1/completions, with the fields vLLM adds. What is null takes the model's default.</summary>
public sealed record CompletionRequest
{
    public string? Model { get; init; }

    public CompletionPrompt? Prompt { get; init; }

    public bool? Stream { get; init; }

    public StreamOptions? StreamOptions { get; init; }

    /// <summary>16 when absent. 0 computes the prompt only and needs echo.</summary>
    public int? MaxTokens { get; init; }

    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    /// <summary>Keeps the k most likely tokens; 0 and vLLM's -1 keep all.</summary>
    public int? TopK { get; init; }

    /// <summary>Keeps the tokens at least this probable relative to the most likely one.</summary>
    public float? MinP { get; init; }

    /// <summary>Keeps the tokens whose surprise is nearest to the expected one, up to this sum of probabilities.</summary>
    public float? TypicalP { get; init; }

    /// <summary>Divides or multiplies the logits of tokens that the prompt or the answer holds; 1 changes nothing.</summary>
    public float? RepetitionPenalty { get; init; }

    public float? PresencePenalty { get; init; }

    public float? FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of tokens, by their id, -100 to 100.</summary>
    public IReadOnlyDictionary<string, float>? LogitBias { get; init; }

    public long? Seed { get; init; }

    /// <summary>One text or a list of texts that end the answer.</summary>
    [JsonConverter(typeof(StringListConverter))]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Tokens that end the answer.</summary>
    public IReadOnlyList<int>? StopTokenIds { get; init; }

    /// <summary>Tokens to generate before the answer may end.</summary>
    public int? MinTokens { get; init; }

    /// <summary>Number of answers per prompt.</summary>
    public int? N { get; init; }

    /// <summary>Answers to compute per prompt, of which the n most likely are sent.</summary>
    public int? BestOf { get; init; }

    /// <summary>vLLM's addition: a lower value is computed earlier; 0 when absent.</summary>
    public int? Priority { get; init; }

    /// <summary>Puts the prompt before the answer.</summary>
    public bool? Echo { get; init; }

    /// <summary>Alternatives to report per token, 0 to 20.</summary>
    public int? Logprobs { get; init; }

    public string? User { get; init; }

    public bool? IgnoreEos { get; init; }

    /// <summary>Alternatives to report per prompt token, 0 to 20; not for streams.</summary>
    public int? PromptLogprobs { get; init; }

    /// <summary>OpenAI's form of a constraint, an object whose type is "text", "json_object" or "json_schema".</summary>
    public JsonElement? ResponseFormat { get; init; }

    /// <summary>vLLM's form of a constraint: an object with one of json, regex, choice and json_object.</summary>
    public JsonElement? StructuredOutputs { get; init; }

    /// <summary>A schema, or one in a string; vLLM's older form of a constraint.</summary>
    public JsonElement? GuidedJson { get; init; }

    public string? GuidedRegex { get; init; }

    public IReadOnlyList<string>? GuidedChoice { get; init; }

    public bool? ReturnTokenIds { get; init; }

    /// <summary>Adds what the tokenizer adds to a text, such as a begin token; true when absent.</summary>
    public bool? AddSpecialTokens { get; init; }

    /// <summary>Keeps prefix-cache entries of different callers apart.</summary>
    public string? CacheSalt { get; init; }

    /// <summary>Fields this type does not name.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; init; }
}
