using System.Buffers;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>
/// Writes items as the messages of a chat. What an assistant thought, said and called are items by themselves, and one message there.
/// </summary>
internal ref struct ResponseMessages(IBufferWriter<byte> output)
{
    private bool _hasMessages;
    private Assistant _open;

    /// <summary>How far the assistant's message has come that is being written.</summary>
    private enum Assistant
    {
        None,
        Thoughts,
        Text,
        Calls,
    }

    /// <summary>What the model is told before all.</summary>
    public void WriteText(ReadOnlySpan<byte> role, JsonSlice text)
    {
        BeginMessage(role);
        output.Write(",\"content\":"u8);
        output.Write(text.Bytes);
        output.Write("}"u8);
    }

    /// <summary>One item.</summary>
    public GatewayError? Write(JsonSlice item, string field)
    {
        JsonSlice type = item["type"u8];
        if (type.IsNull || type.Reads("message"u8)) return WriteMessage(item, field);
        if (type.Reads("function_call"u8)) return WriteCall(item, field);
        if (type.Reads("function_call_output"u8)) return WriteResult(item, field);
        if (type.Reads("reasoning"u8)) return WriteReasoning(item);
        return GatewayErrors.Unsupported($"{field}.type", $"items of the type \"{type.Shown()}\" are of tools that are not here.");
    }

    /// <summary>Ends what is open.</summary>
    public void Close()
    {
        if (_open == Assistant.None) return;
        output.Write(_open switch
        {
            // Thoughts that nothing followed.
            Assistant.Thoughts => ",\"content\":\"\"}"u8,
            Assistant.Calls => "]}"u8,
            _ => "}"u8,
        });
        _open = Assistant.None;
    }

    private GatewayError? WriteMessage(JsonSlice item, string field)
    {
        JsonSlice role = item["role"u8];
        JsonSlice content = item["content"u8];
        if (!content.IsText && !content.IsList) return GatewayErrors.WrongType($"{field}.content", "a text or a list of parts");
        bool isKnown = role.Reads("user"u8) || role.Reads("system"u8) || role.Reads("developer"u8);
        if (role.Reads("assistant"u8)) Open(Assistant.Text);
        else if (isKnown) BeginMessage(role.Text);
        else return GatewayErrors.WrongType($"{field}.role", "\"user\", \"assistant\", \"system\" or \"developer\"");
        output.Write(",\"content\":"u8);
        GatewayError? error = WriteContent(content, $"{field}.content");
        if (_open == Assistant.None) output.Write("}"u8);
        return error;
    }

    private readonly GatewayError? WriteContent(JsonSlice content, string field)
    {
        if (content.IsText)
        {
            output.Write(content.Bytes);
            return null;
        }

        output.Write("["u8);
        int index = 0;
        foreach (JsonSlice part in content.Elements)
        {
            if (index > 0) output.Write(","u8);
            if (WritePart(part, $"{field}[{index++}]") is { } error) return error;
        }

        output.Write("]"u8);
        return null;
    }

    /// <summary>Text of either side, or an image; whether a model sees images is for its engine to say.</summary>
    private readonly GatewayError? WritePart(JsonSlice part, string field)
    {
        JsonSlice type = part["type"u8];
        bool isText = type.Reads("input_text"u8) || type.Reads("output_text"u8) || type.Reads("text"u8);
        if (isText || type.Reads("refusal"u8))
        {
            JsonSlice text = isText ? part["text"u8] : part["refusal"u8];
            if (!text.IsText) return GatewayErrors.WrongType($"{field}.text", "a text");
            output.Write("{\"type\":\"text\",\"text\":"u8);
            output.Write(text.Bytes);
            output.Write("}"u8);
            return null;
        }

        if (!type.Reads("input_image"u8))
        {
            return GatewayErrors.Unsupported($"{field}.type", $"parts of the type \"{type.Shown()}\" cannot be read. Send input_text.");
        }

        JsonSlice url = part["image_url"u8];
        if (!url.IsText) return GatewayErrors.Unsupported($"{field}.file_id", "no files are kept here. Send the image as image_url.");
        output.Write("{\"type\":\"image_url\",\"image_url\":{\"url\":"u8);
        output.Write(url.Bytes);
        if (part["detail"u8] is { IsText: true } detail)
        {
            output.Write(",\"detail\":"u8);
            output.Write(detail.Bytes);
        }

        output.Write("}}"u8);
        return null;
    }

    private GatewayError? WriteCall(JsonSlice item, string field)
    {
        if (item["call_id"u8].Text.IsEmpty) return GatewayErrors.Missing($"{field}.call_id", "a call has one, which its output names");
        if (item["name"u8].Text.IsEmpty) return GatewayErrors.Missing($"{field}.name", "a call names its function");
        if (!item["arguments"u8].IsText) return GatewayErrors.WrongType($"{field}.arguments", "a text");
        bool isFirst = _open != Assistant.Calls;
        Open(Assistant.Calls);
        if (!isFirst) output.Write(","u8);
        output.Write("{\"type\":\"function\",\"id\":"u8);
        output.Write(item["call_id"u8].Bytes);
        output.Write(",\"function\":{\"name\":"u8);
        output.Write(item["name"u8].Bytes);
        output.Write(",\"arguments\":"u8);
        output.Write(item["arguments"u8].Bytes);
        output.Write("}}"u8);
        return null;
    }

    private GatewayError? WriteResult(JsonSlice item, string field)
    {
        if (item["call_id"u8].Text.IsEmpty) return GatewayErrors.Missing($"{field}.call_id", "an output names the call that it answers");
        JsonSlice result = item["output"u8];
        if (!result.IsText && !result.IsList) return GatewayErrors.WrongType($"{field}.output", "a text or a list of parts");
        BeginMessage("tool"u8);
        output.Write(",\"tool_call_id\":"u8);
        output.Write(item["call_id"u8].Bytes);
        output.Write(",\"content\":"u8);
        GatewayError? error = WriteContent(result, $"{field}.output");
        output.Write("}"u8);
        return error;
    }

    /// <summary>What was thought, as far as it can be read; what another server has encrypted is for nobody here.</summary>
    private GatewayError? WriteReasoning(JsonSlice item)
    {
        bool any = false;
        foreach (JsonSlice part in item["content"u8].Elements)
        {
            if (part["text"u8].Text.IsEmpty) continue;
            if (!any)
            {
                Close();
                BeginMessage("assistant"u8);
                output.Write(",\"reasoning_content\":\""u8);
                _open = Assistant.Thoughts;
            }
            else
            {
                output.Write("\\n"u8);
            }

            any = true;
            output.Write(part["text"u8].Text);
        }

        if (any) output.Write("\""u8);
        return null;
    }

    /// <summary>Goes on with the assistant's message as far as what comes next, or begins another one.</summary>
    private void Open(Assistant next)
    {
        if (_open == Assistant.None || (next == Assistant.Text && _open != Assistant.Thoughts)) BeginMessage("assistant"u8);
        if (next == Assistant.Calls && _open != Assistant.Calls)
        {
            output.Write(_open == Assistant.Text ? ",\"tool_calls\":["u8 : ",\"content\":null,\"tool_calls\":["u8);
        }

        _open = next;
    }

    /// <summary>Begins a message behind what was open.</summary>
    private void BeginMessage(ReadOnlySpan<byte> role)
    {
        Close();
        if (_hasMessages) output.Write(","u8);
        _hasMessages = true;
        output.Write("{\"role\":"u8);
        output.Quoted(role);
    }
}
