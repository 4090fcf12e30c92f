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

    /// <summary>Of a message in a chat: what it holds would be missing in the prompt.</summary>
    private static readonly UnsupportedField[] OfMessages =
    [
        new("function_call") { Remedy = "send the call in tool_calls" },
        new("audio") { Remedy = "send what was said as content" },
    ];

    public static UnsupportedField[] OfChat { get; } = [.. Common, .. ChatOnly];

    public static UnsupportedField[] OfCompletions { get; } = [.. Common, .. CompletionOnly];

    /// <summary>Refuses the first field that cannot be honoured.</summary>
    public static WorkerError? Find(Dictionary<string, JsonElement>? sent, UnsupportedField[] unsupported) => Find(sent, unsupported, "");

    /// <summary>The same for a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="path">Where it stands, such as messages[0].</param>
    public static WorkerError? Find(ChatMessage message, string path) => Find(message.Other, OfMessages, path + ".");

    private static WorkerError? Find(Dictionary<string, JsonElement>? sent, UnsupportedField[] unsupported, string prefix)
    {
        if (sent is null) return null;
        foreach (UnsupportedField field in unsupported)
        {
            if (!sent.TryGetValue(field.Name, out JsonElement value) || field.Permits(value)) continue;
            string name = prefix + field.Name;
            return WorkerError.Invalid(name, $"{name} is not supported here; {field.Remedy}.", OpenAiErrorCodes.UnsupportedParameter);
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
        Remedy = neutral is null ? "leave it out" : $"leave it out or set it to {neutral}";
    }

    public string Name { get; }

    /// <summary>What to do instead.</summary>
    public string Remedy { get; init; }

    public bool Permits(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null || (_neutralText is not null && JsonElement.DeepEquals(value, _neutral));
}
