using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>The fields of a request for a response, as they came; what is missing or null has no bytes.</summary>
internal ref struct ResponseFields
{
    /// <summary>
    /// Fields of a chat completion that mean the same here and that no document of OpenAI's has for a response, as vLLM takes them.
    /// </summary>
    private static readonly byte[][] Shared =
    [
        .. new[]
        {
            "temperature", "top_p", "top_k", "min_p", "typical_p", "repetition_penalty", "presence_penalty", "frequency_penalty",
            "logit_bias", "seed", "stop", "stop_token_ids", "include_stop_str_in_output", "skip_special_tokens", "allowed_token_ids",
            "bad_words", "min_tokens", "ignore_eos", "priority", "cache_salt", "user", "parallel_tool_calls", "structured_outputs",
            "chat_template", "chat_template_kwargs", "truncate_prompt_tokens", "truncation_side", "safety_identifier", "prompt_cache_key",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
    ];

    /// <summary>Fields that change the answer and that nothing here can do, with what to do instead.</summary>
    private static readonly (byte[] Name, string Field, string Reason)[] Refused =
    [
        ("background"u8.ToArray(), "background", "responses are made while their client waits. Leave it out, and stream the response."),
        ("conversation"u8.ToArray(), "conversation",
            "there are no conversations here. Send previous_response_id, or the items themselves."),
        ("prompt"u8.ToArray(), "prompt", "no prompts are kept here. Send instructions and input."),
        ("context_management"u8.ToArray(), "context_management", "items are never edited here. Send those that the answer is for."),
        ("messages"u8.ToArray(), "messages", "a response has its messages in the field \"input\"."),
        ("max_tokens"u8.ToArray(), "max_tokens", "its name for a response is \"max_output_tokens\"."),
        ("max_completion_tokens"u8.ToArray(), "max_completion_tokens", "its name for a response is \"max_output_tokens\"."),
        ("response_format"u8.ToArray(), "response_format", "its name for a response is \"text.format\"."),
        ("reasoning_effort"u8.ToArray(), "reasoning_effort", "its name for a response is \"reasoning.effort\"."),
        ("n"u8.ToArray(), "n", "a response is one answer. Send the request as often as you want answers."),
    ];

    public JsonSlice Input { get; private set; }

    public JsonSlice Instructions { get; private set; }

    public JsonSlice Previous { get; private set; }

    public JsonSlice MaxOutputTokens { get; private set; }

    public JsonSlice MaxToolCalls { get; private set; }

    public JsonSlice Metadata { get; private set; }

    public JsonSlice Reasoning { get; private set; }

    public JsonSlice Text { get; private set; }

    public JsonSlice Tools { get; private set; }

    public JsonSlice ToolChoice { get; private set; }

    public JsonSlice TopLogprobs { get; private set; }

    public JsonSlice Truncation { get; private set; }

    public JsonSlice Include { get; private set; }

    public JsonSlice Store { get; private set; }

    /// <summary>Whether the response is to be kept, which it is unless the client says otherwise.</summary>
    public readonly bool Keeps => Store.IsNull || Store.IsTrue;

    public static GatewayError? TryRead(JsonSlice body, out ResponseFields fields)
    {
        fields = default;
        foreach (JsonMember member in body.Members)
        {
            if (!member.Value.IsNull && !fields.Take(member) && Find(member) is { } refused) return refused;
        }

        if (!fields.Store.IsNull && !fields.Store.IsFlag) return GatewayErrors.WrongType("store", "true or false");
        if (!fields.Previous.IsNull && !fields.Previous.IsText) return GatewayErrors.WrongType("previous_response_id", "a text");
        return null;
    }

    /// <summary>True for a field that a chat completion has too.</summary>
    public static bool IsShared(JsonMember member)
    {
        foreach (byte[] name in Shared)
        {
            if (member.Is(name)) return true;
        }

        return false;
    }

    private bool Take(JsonMember member)
    {
        JsonSlice value = member.Value;
        if (member.Is("input"u8)) Input = value;
        else if (member.Is("instructions"u8)) Instructions = value;
        else if (member.Is("previous_response_id"u8)) Previous = value;
        else if (member.Is("max_output_tokens"u8)) MaxOutputTokens = value;
        else if (member.Is("max_tool_calls"u8)) MaxToolCalls = value;
        else if (member.Is("metadata"u8)) Metadata = value;
        else if (member.Is("reasoning"u8)) Reasoning = value;
        else if (member.Is("text"u8)) Text = value;
        else if (member.Is("tools"u8)) Tools = value;
        else if (member.Is("tool_choice"u8)) ToolChoice = value;
        else if (member.Is("top_logprobs"u8)) TopLogprobs = value;
        else if (member.Is("truncation"u8)) Truncation = value;
        else if (member.Is("include"u8)) Include = value;
        else if (member.Is("store"u8)) Store = value;
        else return false;
        return true;
    }

    private static GatewayError? Find(JsonMember member)
    {
        ReadOnlySpan<byte> value = member.Value.Bytes;
        bool asks = !value.SequenceEqual("false"u8) && !value.SequenceEqual("[]"u8) && !value.SequenceEqual("1"u8);
        foreach ((byte[] name, string field, string reason) in Refused)
        {
            if (asks && member.Is(name)) return GatewayErrors.Unsupported(field, reason);
        }

        return null;
    }
}
