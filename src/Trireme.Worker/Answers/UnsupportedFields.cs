using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>
/// Fields of the OpenAI interface, and of vLLM's additions, that ask for something this engine does not do. A field is refused unless
/// it is null or says what happens anyway. Unknown fields are ignored, because clients send new ones before servers learn them.
/// </summary>
internal static class UnsupportedFields
{
    private static readonly UnsupportedField[] Common =
    [
        new("length_penalty", "1"),
        new("use_beam_search", "false"),
        new("logits_processors", "[]"),
        new("repetition_detection"),
        new("thinking_token_budget"),
        new("structural_tag"),
        new("kv_transfer_params"),
    ];

    private static readonly UnsupportedField[] ChatOnly =
    [
        new("best_of", "1"),
        new("functions", "[]"),
        new("function_call", "\"none\""),
        new("modalities", """["text"]"""),
        new("audio"),
        new("web_search_options"),
        new("documents", "[]"),
        new("mm_processor_kwargs", "{}"),
    ];

    private static readonly UnsupportedField[] CompletionOnly = [new("suffix", "\"\""), new("prompt_embeds")];

    public static UnsupportedField[] OfEmbeddings { get; } =
    [
        new("messages"),
        new("embed_dtype", "\"float32\""),
        new("endianness", "\"native\""),
        new("use_activation", "true"),
        new("normalize", "true"),
        new("mm_processor_kwargs", "{}"),
    ];

    public static UnsupportedField[] OfChat { get; } = [.. Common, .. ChatOnly];

    public static UnsupportedField[] OfCompletions { get; } = [.. Common, .. CompletionOnly];

    /// <summary>Refuses the first field that cannot be honoured.</summary>
    public static WorkerError? Find(Dictionary<string, JsonElement>? sent, UnsupportedField[] unsupported)
    {
        if (sent is null) return null;
        foreach (UnsupportedField field in unsupported)
        {
            if (!sent.TryGetValue(field.Name, out JsonElement value) || field.Permits(value)) continue;
            return WorkerError.Invalid(
                field.Name, $"{field.Name} is not supported here; {field.Remedy}.", OpenAiErrorCodes.UnsupportedParameter);
        }

        return null;
    }

    /// <summary>Checks what a stream is asked to hold; what an option does not name only adds information.</summary>
    public static WorkerError? Find(StreamOptions? options, bool stream) => options is null || stream
        ? null
        : WorkerError.Invalid("stream_options", "stream_options needs stream to be true.");
}

/// <summary>A field and the value, as JSON, that asks for nothing.</summary>
internal sealed record UnsupportedField
{
    private readonly string? _neutralText;
    private readonly JsonElement _neutral;

    public UnsupportedField(string name, string? neutral = null)
    {
        Name = name;
        _neutralText = neutral;
        _neutral = neutral is null ? default : JsonElement.Parse(neutral);
    }

    public string Name { get; }

    public string Remedy => _neutralText is null ? "leave it out" : $"leave it out or set it to {_neutralText}";

    public bool Permits(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null || (_neutralText is not null && JsonElement.DeepEquals(value, _neutral));
}
