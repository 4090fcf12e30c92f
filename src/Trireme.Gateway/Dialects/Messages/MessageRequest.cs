using System.Buffers;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Messages;

/// <summary>Writes a request for a message as one for a chat completion, or for the tokens that its prompt has.</summary>
internal static class MessageRequest
{
    /// <summary>The body of POST /v1/chat/completions; null when it is written.</summary>
    public static GatewayError? WriteChat(JsonSlice body, JsonSlice model, IBufferWriter<byte> output)
    {
        if (MessageFields.TryRead(body, out MessageFields fields) is { } error) return error;
        if (CheckLengths(fields) is { } length) return length;
        if (WritePrompt(fields, model, output) is { } wrong) return wrong;
        if (!fields.ToolChoice.IsNull && MessageTools.WriteChoice(fields.ToolChoice, output) is { } choice) return choice;
        Carry(",\"max_tokens\":"u8, fields.MaxTokens, output);
        Carry(",\"stop\":"u8, fields.StopSequences, output);
        Carry(",\"temperature\":"u8, fields.Temperature, output);
        Carry(",\"top_p\":"u8, fields.TopP, output);
        Carry(",\"top_k\":"u8, fields.TopK, output);
        Carry(",\"reasoning_effort\":"u8, fields.Effort, output);
        Carry(",\"user\":"u8, fields.UserId, output);
        if (WriteFormat(fields.Format, output) is { } format) return format;
        // The counts as they go tell the tokens of the prompt at the beginning, where a message has them, and are what limits are held to.
        if (fields.Stream.IsTrue)
        {
            output.Write(",\"stream\":true,\"stream_options\":{\"include_usage\":true,\"continuous_usage_stats\":true}"u8);
        }

        output.Write("}"u8);
        return null;
    }

    /// <summary>The body of POST /tokenize; null when it is written.</summary>
    public static GatewayError? WriteTokens(JsonSlice body, JsonSlice model, IBufferWriter<byte> output)
    {
        GatewayError? error = MessageFields.TryRead(body, out MessageFields fields) ?? WritePrompt(fields, model, output);
        output.Write("}"u8);
        return error;
    }

    /// <summary>All that becomes the prompt.</summary>
    private static GatewayError? WritePrompt(MessageFields fields, JsonSlice model, IBufferWriter<byte> output)
    {
        output.Write("{\"model\":"u8);
        output.Write(model.Bytes);
        output.Write(",\"messages\":["u8);
        var blocks = new MessageBlocks(output);
        if (blocks.WriteSystem(fields.System) is { } system) return system;
        if (!fields.Messages.IsList) return GatewayErrors.WrongType("messages", "a list of messages");
        JsonSlice last = default;
        int index = 0;
        foreach (JsonSlice message in fields.Messages.Elements)
        {
            last = message;
            if (blocks.Write(message, $"messages[{index++}]") is { } error) return error;
        }

        if (index == 0) return GatewayErrors.Missing("messages", "it holds at least one message");
        output.Write("]"u8);
        // What an assistant's last message begins, the answer goes on with.
        if (IsBegun(last)) output.Write(",\"add_generation_prompt\":false,\"continue_final_message\":true"u8);
        if (WriteThinking(fields, output) is { } thinking) return thinking;
        return fields.Tools.IsNull || fields.Tools.Bytes.SequenceEqual("[]"u8) ? null : MessageTools.WriteTools(fields.Tools, output);
    }

    private static bool IsBegun(JsonSlice message)
    {
        if (!message["role"u8].Reads("assistant"u8)) return false;
        foreach (JsonSlice block in message["content"u8].Elements)
        {
            if (block["type"u8].Reads("tool_use"u8)) return false;
        }

        return true;
    }

    private static GatewayError? CheckLengths(MessageFields fields)
    {
        if (fields.MaxTokens.IsNull) return GatewayErrors.Missing("max_tokens", "it says how long the answer may become");
        if (fields.MaxTokens.WholeNumber() is not >= 1) return GatewayErrors.WrongType("max_tokens", "a whole number of at least 1");
        if (!fields.StopSequences.IsNull && !fields.StopSequences.IsList)
        {
            return GatewayErrors.WrongType("stop_sequences", "a list of texts");
        }

        return null;
    }

    /// <summary>
    /// Whether the model is to think, in the words that templates know. The budget is checked as Anthropic checks it, and is a target there
    /// and nothing more: the answer's own limit holds here.
    /// </summary>
    private static GatewayError? WriteThinking(MessageFields fields, IBufferWriter<byte> output)
    {
        if (fields.Thinking.IsNull) return null;
        JsonSlice type = fields.Thinking["type"u8];
        bool thinks = type.Reads("enabled"u8) || type.Reads("adaptive"u8);
        if (!thinks && !type.Reads("disabled"u8))
        {
            return GatewayErrors.WrongType("thinking.type", "\"enabled\", \"adaptive\" or \"disabled\"");
        }

        if (type.Reads("enabled"u8))
        {
            long? budget = fields.Thinking["budget_tokens"u8].WholeNumber();
            if (budget is not >= 1) return GatewayErrors.WrongType("thinking.budget_tokens", "a whole number of at least 1");
            if (budget >= fields.MaxTokens.WholeNumber()) return GatewayErrors.WrongType("thinking.budget_tokens", "less than max_tokens");
        }

        output.Write(thinks
            ? ",\"chat_template_kwargs\":{\"enable_thinking\":true}"u8
            : ",\"chat_template_kwargs\":{\"enable_thinking\":false}"u8);
        return null;
    }

    private static GatewayError? WriteFormat(JsonSlice format, IBufferWriter<byte> output)
    {
        if (format.IsNull) return null;
        if (!format["type"u8].Reads("json_schema"u8)) return GatewayErrors.WrongType("output_config.format.type", "\"json_schema\"");
        if (!format["schema"u8].IsObject) return GatewayErrors.WrongType("output_config.format.schema", "a JSON schema, an object");
        output.Write(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\",\"strict\":true,\"schema\":"u8);
        output.Write(format["schema"u8].Bytes);
        output.Write("}}"u8);
        return null;
    }

    private static void Carry(ReadOnlySpan<byte> name, JsonSlice value, IBufferWriter<byte> output)
    {
        if (value.IsNull) return;
        output.Write(name);
        output.Write(value.Bytes);
    }
}
