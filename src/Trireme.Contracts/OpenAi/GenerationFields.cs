using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>What chats and completions ask for alike, with the fields vLLM adds. What is null takes the model's default.</summary>
public abstract record GenerationFields
{
    public string? Model { get; init; }

    public bool? Stream { get; init; }

    public StreamOptions? StreamOptions { get; init; }

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
    [JsonConverter(typeof(TokenIdsConverter))]
    public IReadOnlyList<int>? StopTokenIds { get; init; }

    /// <summary>Keeps the text or the token that ends the answer as its last part.</summary>
    public bool? IncludeStopStrInOutput { get; init; }

    /// <summary>Whether special tokens are left out of the answer's text; true when absent.</summary>
    public bool? SkipSpecialTokens { get; init; }

    /// <summary>The only tokens the answer may consist of.</summary>
    [JsonConverter(typeof(TokenIdsConverter))]
    public IReadOnlyList<int>? AllowedTokenIds { get; init; }

    /// <summary>Words the answer must not hold, at the start of a text or after a space.</summary>
    public IReadOnlyList<string>? BadWords { get; init; }

    /// <summary>Tokens to generate before the answer may end.</summary>
    public int? MinTokens { get; init; }

    /// <summary>Number of answers per prompt.</summary>
    public int? N { get; init; }

    /// <summary>
    /// vLLM's addition: a lower value is computed earlier. Only a value above the caller's own counts, which the gateway knows.
    /// </summary>
    public int? Priority { get; init; }

    public string? User { get; init; }

    public bool? IgnoreEos { get; init; }

    /// <summary>Alternatives to report per prompt token, 0 to 20; not for streams.</summary>
    public int? PromptLogprobs { get; init; }

    /// <summary>Keeps so many tokens of a longer prompt; -1 keeps as many as leave room for one of the answer.</summary>
    public int? TruncatePromptTokens { get; init; }

    /// <summary>Where a longer prompt is cut: "left", the default for prompts, or "right".</summary>
    public string? TruncationSide { get; init; }

    /// <summary>OpenAI's form of a constraint, an object whose type is "text", "json_object" or "json_schema".</summary>
    public JsonElement? ResponseFormat { get; init; }

    /// <summary>vLLM's form of a constraint: an object with one of json, regex, choice, grammar and json_object.</summary>
    public JsonElement? StructuredOutputs { get; init; }

    /// <summary>A schema, or one in a string; vLLM's older form of a constraint.</summary>
    public JsonElement? GuidedJson { get; init; }

    public string? GuidedRegex { get; init; }

    public IReadOnlyList<string>? GuidedChoice { get; init; }

    /// <summary>A grammar in Backus-Naur form or Lark's notation.</summary>
    public string? GuidedGrammar { get; init; }

    /// <summary>An expression for the space between the parts of a JSON document.</summary>
    public string? GuidedWhitespacePattern { get; init; }

    public bool? ReturnTokenIds { get; init; }

    /// <summary>Names tokens in log-probabilities "token_id:5", which tells those apart that read alike.</summary>
    public bool? ReturnTokensAsTokenIds { get; init; }

    /// <summary>Becomes part of the answer's id unless the header X-Request-Id does.</summary>
    public string? RequestId { get; init; }

    /// <summary>Keeps prefix-cache entries of different callers apart.</summary>
    public string? CacheSalt { get; init; }

    /// <summary>Fields this type does not name.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; init; }
}
