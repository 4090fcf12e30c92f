using System.Buffers;
using System.Globalization;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>What goes into a response: the history that it goes on from, and the request's own items.</summary>
internal static class ResponseInput
{
    /// <summary>Writes all of it as the messages of a chat; null when they are written.</summary>
    public static GatewayError? WriteMessages(ResponseFields fields, ResponseItems items, IBufferWriter<byte> output)
    {
        var messages = new ResponseMessages(output);
        if (!fields.Instructions.IsNull)
        {
            if (!fields.Instructions.IsText) return GatewayErrors.WrongType("instructions", "a text");
            messages.WriteText("system"u8, fields.Instructions);
        }

        if (items.Previous is { } previous)
        {
            GatewayError? history = WriteAll(new JsonSlice(previous.Input.Span), ResponseItems.None, ref messages)
                ?? WriteAll(ResponseItems.OutputOf(previous), ResponseItems.None, ref messages);
            if (history is not null) return history;
        }

        if (fields.Input.IsText)
        {
            messages.WriteText("user"u8, fields.Input);
            return null;
        }

        if (!fields.Input.IsList) return GatewayErrors.Missing("input", "it is a text or a list of items");
        GatewayError? error = WriteAll(fields.Input, items, ref messages);
        messages.Close();
        return error;
    }

    /// <summary>Writes all of it as the list of items that is kept, where each has an id.</summary>
    public static void WriteKept(ResponseFields fields, ResponseItems items, string key, IBufferWriter<byte> output)
    {
        bool any = false;
        output.Write("["u8);
        if (items.Previous is { } previous)
        {
            any = Append(new JsonSlice(previous.Input.Span), any, output);
            any = Append(ResponseItems.OutputOf(previous), any, output);
        }

        int number = 0;
        if (fields.Input.IsText)
        {
            if (any) output.Write(","u8);
            WriteItem(default, fields.Input, key, number, output);
        }

        foreach (JsonSlice item in fields.Input.Elements)
        {
            if (any) output.Write(","u8);
            any = true;
            JsonSlice resolved = items.Resolve(item);
            WriteItem(resolved, resolved["content"u8], key, number++, output);
        }

        output.Write("]"u8);
    }

    private static GatewayError? WriteAll(JsonSlice list, ResponseItems items, ref ResponseMessages messages)
    {
        int index = 0;
        foreach (JsonSlice item in list.Elements)
        {
            string field = $"input[{index++}]";
            JsonSlice resolved = items.Resolve(item);
            if (resolved.IsMissing) return GatewayErrors.ItemNotFound(item["id"u8].Shown(), field);
            if (!resolved.IsObject) return GatewayErrors.WrongType(field, "an item, an object");
            if (messages.Write(resolved, field) is { } error) return error;
        }

        return null;
    }

    private static bool Append(JsonSlice list, bool any, IBufferWriter<byte> output)
    {
        foreach (JsonSlice item in list.Elements)
        {
            if (any) output.Write(","u8);
            any = true;
            output.Compact(item);
        }

        return any;
    }

    /// <summary>An item with the id and the type that OpenAI's have; a text becomes the part that it stands for.</summary>
    private static void WriteItem(JsonSlice item, JsonSlice content, string key, int number, IBufferWriter<byte> output)
    {
        JsonSlice type = item["type"u8];
        bool isMessage = type.IsNull || type.Reads("message"u8);
        output.Write("{"u8);
        if (item["id"u8].IsNull)
        {
            output.Write("\"id\":"u8);
            output.OwnText(ResponseIds.OfItem(isMessage ? "msg" : "item", key, string.Create(CultureInfo.InvariantCulture, $"in{number}")));
            output.Write(","u8);
        }

        if (type.IsNull) output.Write("\"type\":\"message\","u8);
        if (item.IsMissing) output.Write("\"role\":\"user\","u8);
        bool any = false;
        foreach (JsonMember member in item.Members)
        {
            // Written here, or nothing.
            if (member.Value.IsNull || (isMessage && member.Is("content"u8))) continue;
            if (any) output.Write(","u8);
            any = true;
            output.Write(member.QuotedName);
            output.Write(":"u8);
            output.Compact(member.Value);
        }

        if (isMessage)
        {
            if (any) output.Write(","u8);
            output.Write("\"content\":"u8);
            WriteContent(content, isAnswer: item["role"u8].Reads("assistant"u8), output);
        }

        output.Write("}"u8);
    }

    private static void WriteContent(JsonSlice content, bool isAnswer, IBufferWriter<byte> output)
    {
        if (!content.IsText)
        {
            output.Compact(content);
            return;
        }

        output.Write(isAnswer ? "[{\"type\":\"output_text\",\"annotations\":[],\"text\":"u8 : "[{\"type\":\"input_text\",\"text\":"u8);
        output.Write(content.Bytes);
        output.Write("}]"u8);
    }
}
