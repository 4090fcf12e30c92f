using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Messages;

/// <summary>The fields of a request for a message, as they came; what is missing has no bytes.</summary>
internal ref struct MessageFields
{
    /// <summary>Fields that change the answer and that nothing here can do, with what to do instead.</summary>
    private static readonly (byte[] Name, string Field, string Reason)[] Refused =
    [
        ("thread"u8.ToArray(), "thread",
            "no messages are kept between requests, so that an answer would lack them. Send all messages with each request, without the "
            + "beta header message-threads."),
        ("container"u8.ToArray(), "container", "there are no containers to run code in. Leave it out."),
        ("mcp_servers"u8.ToArray(), "mcp_servers",
            "no servers of tools are called from here. Call them yourself and send tool_result blocks."),
        ("context_management"u8.ToArray(), "context_management", "messages are never edited here. Send those that the answer is for."),
    ];

    public JsonSlice Messages { get; private set; }

    public JsonSlice System { get; private set; }

    public JsonSlice MaxTokens { get; private set; }

    public JsonSlice StopSequences { get; private set; }

    public JsonSlice Stream { get; private set; }

    public JsonSlice Temperature { get; private set; }

    public JsonSlice TopP { get; private set; }

    public JsonSlice TopK { get; private set; }

    public JsonSlice Tools { get; private set; }

    public JsonSlice ToolChoice { get; private set; }

    public JsonSlice Thinking { get; private set; }

    /// <summary>How the answer is to be formed.</summary>
    public JsonSlice Format { get; private set; }

    /// <summary>How much the model is to think.</summary>
    public JsonSlice Effort { get; private set; }

    /// <summary>Whose conversation it is.</summary>
    public JsonSlice UserId { get; private set; }

    /// <summary>Reads the body; null when nothing in it is refused.</summary>
    public static GatewayError? TryRead(JsonSlice body, out MessageFields fields)
    {
        fields = default;
        foreach (JsonMember member in body.Members)
        {
            if (fields.Take(member) is { } error) return error;
        }

        return null;
    }

    private GatewayError? Take(JsonMember member)
    {
        JsonSlice value = member.Value;
        if (value.IsNull) return null;
        if (member.Is("messages"u8)) Messages = value;
        else if (member.Is("system"u8)) System = value;
        else if (member.Is("max_tokens"u8)) MaxTokens = value;
        else if (member.Is("stop_sequences"u8)) StopSequences = value;
        else if (member.Is("stream"u8)) Stream = value;
        else if (member.Is("temperature"u8)) Temperature = value;
        else if (member.Is("top_p"u8)) TopP = value;
        else if (member.Is("top_k"u8)) TopK = value;
        else if (member.Is("tools"u8)) Tools = value;
        else if (member.Is("tool_choice"u8)) ToolChoice = value;
        else if (member.Is("thinking"u8)) Thinking = value;
        else if (member.Is("output_format"u8)) Format = value;
        else if (member.Is("metadata"u8)) UserId = value["user_id"u8];
        else if (member.Is("output_config"u8)) TakeOutput(value);
        else return Find(member);
        return null;
    }

    /// <summary>The format has a field of its own in older betas.</summary>
    private void TakeOutput(JsonSlice output)
    {
        if (output["format"u8] is { IsNull: false } format) Format = format;
        Effort = output["effort"u8];
    }

    private static GatewayError? Find(JsonMember member)
    {
        foreach ((byte[] name, string field, string reason) in Refused)
        {
            bool asks = !member.Value.Bytes.SequenceEqual("[]"u8) && !member.Value.Bytes.SequenceEqual("{}"u8);
            if (asks && member.Is(name)) return GatewayErrors.Unsupported(field, reason);
        }

        return null;
    }
}
