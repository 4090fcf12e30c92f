using System.Buffers;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Messages;

/// <summary>
/// Writes the messages of a conversation as those of a chat. A message of blocks becomes several where results of tools are among them,
/// each of which is a message by itself there.
/// </summary>
internal ref struct MessageBlocks(IBufferWriter<byte> output)
{
    private bool _hasMessages;

    /// <summary>What the model is told before all: a text, or blocks of text.</summary>
    public GatewayError? WriteSystem(JsonSlice system)
    {
        if (system.IsNull) return null;
        BeginMessage("system"u8);
        output.Write(",\"content\":"u8);
        GatewayError? error = WriteTexts(system, "system");
        output.Write("}"u8);
        return error;
    }

    /// <summary>One message.</summary>
    public GatewayError? Write(JsonSlice message, string field)
    {
        JsonSlice role = message["role"u8];
        JsonSlice content = message["content"u8];
        if (!content.IsText && !content.IsList) return GatewayErrors.WrongType($"{field}.content", "a text or a list of blocks");
        if (role.Reads("assistant"u8)) return WriteAssistant(content, field);
        if (role.Reads("user"u8)) return WriteUser(content, field);
        if (!role.Reads("system"u8)) return GatewayErrors.WrongType($"{field}.role", "\"user\" or \"assistant\"");
        BeginMessage("system"u8);
        output.Write(",\"content\":"u8);
        GatewayError? error = WriteTexts(content, $"{field}.content");
        output.Write("}"u8);
        return error;
    }

    private GatewayError? WriteUser(JsonSlice content, string field)
    {
        if (content.IsText)
        {
            BeginMessage("user"u8);
            output.Write(",\"content\":"u8);
            output.Write(content.Bytes);
            output.Write("}"u8);
            return null;
        }

        bool isOpen = false;
        int index = 0;
        foreach (JsonSlice block in content.Elements)
        {
            string place = $"{field}.content[{index++}]";
            if (block["type"u8].Reads("tool_result"u8))
            {
                if (isOpen) output.Write("]}"u8);
                isOpen = false;
                if (WriteResult(block, place) is { } wrong) return wrong;
                continue;
            }

            if (!isOpen) BeginMessage("user"u8);
            output.Write(isOpen ? ","u8 : ",\"content\":["u8);
            isOpen = true;
            if (WritePart(block, place) is { } error) return error;
        }

        if (isOpen) output.Write("]}"u8);
        return null;
    }

    /// <summary>A block of text or an image; whether a model sees images is for its engine to say.</summary>
    private readonly GatewayError? WritePart(JsonSlice block, string place)
    {
        JsonSlice type = block["type"u8];
        if (type.Reads("text"u8)) return WriteTextPart(block, place);
        if (!type.Reads("image"u8)) return UnknownBlock(type, place);
        JsonSlice source = block["source"u8];
        output.Write("{\"type\":\"image_url\",\"image_url\":{\"url\":\""u8);
        if (source["type"u8].Reads("url"u8))
        {
            output.Write(source["url"u8].Text);
        }
        else if (source["type"u8].Reads("base64"u8))
        {
            output.Write("data:"u8);
            output.Write(source["media_type"u8].Text);
            output.Write(";base64,"u8);
            output.Write(source["data"u8].Text);
        }
        else
        {
            return GatewayErrors.Unsupported($"{place}.source.type", "images are taken as \"base64\" or \"url\".");
        }

        output.Write("\"}}"u8);
        return null;
    }

    /// <summary>An assistant's message: what it thought, what it said, and what it called, in this order.</summary>
    private GatewayError? WriteAssistant(JsonSlice content, string field)
    {
        BeginMessage("assistant"u8);
        if (content.IsText)
        {
            output.Write(",\"content\":"u8);
            output.Write(content.Bytes);
            output.Write("}"u8);
            return null;
        }

        int index = 0;
        foreach (JsonSlice block in content.Elements)
        {
            JsonSlice type = block["type"u8];
            // What another model thought and hid is for nobody here to read.
            bool isKnown = type.Reads("text"u8) || type.Reads("tool_use"u8)
                || type.Reads("thinking"u8) || type.Reads("redacted_thinking"u8);
            if (!isKnown) return UnknownBlock(type, $"{field}.content[{index}]");
            index++;
        }

        WriteThoughts(content);
        if (WriteSaid(content, field) is { } error) return error;
        error = WriteCalls(content, field);
        output.Write("}"u8);
        return error;
    }

    private readonly void WriteThoughts(JsonSlice content)
    {
        bool any = false;
        foreach (JsonSlice block in content.Elements)
        {
            if (!block["type"u8].Reads("thinking"u8)) continue;
            output.Write(any ? "\\n"u8 : ",\"reasoning_content\":\""u8);
            output.Write(block["thinking"u8].Text);
            any = true;
        }

        if (any) output.Write("\""u8);
    }

    private readonly GatewayError? WriteSaid(JsonSlice content, string field)
    {
        bool any = false;
        int index = 0;
        foreach (JsonSlice block in content.Elements)
        {
            string place = $"{field}.content[{index++}]";
            if (!block["type"u8].Reads("text"u8)) continue;
            output.Write(any ? ","u8 : ",\"content\":["u8);
            any = true;
            if (WriteTextPart(block, place) is { } error) return error;
        }

        output.Write(any ? "]"u8 : ",\"content\":null"u8);
        return null;
    }

    private readonly GatewayError? WriteCalls(JsonSlice content, string field)
    {
        bool any = false;
        int index = 0;
        foreach (JsonSlice block in content.Elements)
        {
            string place = $"{field}.content[{index++}]";
            if (!block["type"u8].Reads("tool_use"u8)) continue;
            if (block["id"u8].Text.IsEmpty) return GatewayErrors.Missing($"{place}.id", "a call has one, which its result names");
            if (block["name"u8].Text.IsEmpty) return GatewayErrors.Missing($"{place}.name", "a call names its tool");
            if (!block["input"u8].IsObject) return GatewayErrors.WrongType($"{place}.input", "an object");
            output.Write(any ? ","u8 : ",\"tool_calls\":["u8);
            any = true;
            output.Write("{\"type\":\"function\",\"id\":"u8);
            output.Write(block["id"u8].Bytes);
            output.Write(",\"function\":{\"name\":"u8);
            output.Write(block["name"u8].Bytes);
            output.Write(",\"arguments\":"u8);
            output.AsText(block["input"u8]);
            output.Write("}}"u8);
        }

        if (any) output.Write("]"u8);
        return null;
    }

    /// <summary>What a tool answered. That it failed is told to the model in words, since a chat has no field for it.</summary>
    private GatewayError? WriteResult(JsonSlice block, string place)
    {
        JsonSlice id = block["tool_use_id"u8];
        if (id.Text.IsEmpty) return GatewayErrors.Missing($"{place}.tool_use_id", "a result names the call that it answers");
        BeginMessage("tool"u8);
        output.Write(",\"tool_call_id\":"u8);
        output.Write(id.Bytes);
        output.Write(",\"content\":"u8);
        JsonSlice content = block["content"u8];
        bool failed = block["is_error"u8].IsTrue;
        if (content.IsText || content.IsNull)
        {
            output.Write(failed ? "\"Error: "u8 : "\""u8);
            output.Write(content.Text);
            output.Write("\"}"u8);
            return null;
        }

        output.Write("["u8);
        if (failed) output.Write("{\"type\":\"text\",\"text\":\"Error:\"}"u8);
        GatewayError? error = WriteTextParts(content, $"{place}.content", isFirst: !failed);
        output.Write("]}"u8);
        return error;
    }

    /// <summary>A text, or blocks of text only.</summary>
    private readonly GatewayError? WriteTexts(JsonSlice content, string field)
    {
        if (content.IsText)
        {
            output.Write(content.Bytes);
            return null;
        }

        if (!content.IsList) return GatewayErrors.WrongType(field, "a text or a list of text blocks");
        output.Write("["u8);
        GatewayError? error = WriteTextParts(content, field, isFirst: true);
        output.Write("]"u8);
        return error;
    }

    private readonly GatewayError? WriteTextParts(JsonSlice blocks, string field, bool isFirst)
    {
        int index = 0;
        foreach (JsonSlice block in blocks.Elements)
        {
            string place = $"{field}[{index++}]";
            if (!block["type"u8].Reads("text"u8)) return UnknownBlock(block["type"u8], place);
            if (!isFirst) output.Write(","u8);
            isFirst = false;
            if (WriteTextPart(block, place) is { } error) return error;
        }

        return null;
    }

    private readonly GatewayError? WriteTextPart(JsonSlice block, string place)
    {
        JsonSlice text = block["text"u8];
        if (!text.IsText) return GatewayErrors.WrongType($"{place}.text", "a text");
        output.Write("{\"type\":\"text\",\"text\":"u8);
        output.Write(text.Bytes);
        output.Write("}"u8);
        return null;
    }

    private void BeginMessage(ReadOnlySpan<byte> role)
    {
        if (_hasMessages) output.Write(","u8);
        _hasMessages = true;
        output.Write("{\"role\":"u8);
        output.Quoted(role);
    }

    private static GatewayError UnknownBlock(JsonSlice type, string place) => type.IsText
        ? GatewayErrors.Unsupported($"{place}.type", $"blocks of the type \"{type.Shown()}\" cannot be read in this place.")
        : GatewayErrors.Missing($"{place}.type", "a block says what it is");
}
