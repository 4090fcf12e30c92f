using System.Buffers;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Messages;

/// <summary>Writes Anthropic's tools as the functions of a chat.</summary>
internal static class MessageTools
{
    /// <summary>The list of tools; null when it is written.</summary>
    public static GatewayError? WriteTools(JsonSlice tools, IBufferWriter<byte> output)
    {
        if (!tools.IsList) return GatewayErrors.WrongType("tools", "a list of tools");
        output.Write(",\"tools\":["u8);
        int index = 0;
        foreach (JsonSlice tool in tools.Elements)
        {
            if (index > 0) output.Write(","u8);
            if (WriteTool(tool, $"tools[{index++}]", output) is { } error) return error;
        }

        output.Write("]"u8);
        return null;
    }

    /// <summary>What must be called, and whether several may be; null when it is written.</summary>
    public static GatewayError? WriteChoice(JsonSlice choice, IBufferWriter<byte> output)
    {
        JsonSlice type = choice["type"u8];
        output.Write(",\"tool_choice\":"u8);
        if (type.Reads("auto"u8))
        {
            output.Write("\"auto\""u8);
        }
        else if (type.Reads("any"u8))
        {
            output.Write("\"required\""u8);
        }
        else if (type.Reads("none"u8))
        {
            output.Write("\"none\""u8);
        }
        else if (type.Reads("tool"u8))
        {
            if (choice["name"u8].Text.IsEmpty) return GatewayErrors.Missing("tool_choice.name", "it says which tool to call");
            output.Write("{\"type\":\"function\",\"function\":{\"name\":"u8);
            output.Write(choice["name"u8].Bytes);
            output.Write("}}"u8);
        }
        else
        {
            return GatewayErrors.WrongType("tool_choice.type", "\"auto\", \"any\", \"tool\" or \"none\"");
        }

        if (choice["disable_parallel_tool_use"u8].IsTrue) output.Write(",\"parallel_tool_calls\":false"u8);
        return null;
    }

    /// <summary>A tool of the client's; those that Anthropic's servers bring have a type of their own.</summary>
    private static GatewayError? WriteTool(JsonSlice tool, string place, IBufferWriter<byte> output)
    {
        JsonSlice type = tool["type"u8];
        if (!type.IsNull && !type.Reads("custom"u8))
        {
            return GatewayErrors.Unsupported(
                $"{place}.type", $"there is no tool \"{type.Shown()}\" here. Send tools of your own, with an input_schema.");
        }

        if (tool["name"u8].Text.IsEmpty) return GatewayErrors.Missing($"{place}.name", "a tool has one");
        if (!tool["input_schema"u8].IsObject) return GatewayErrors.WrongType($"{place}.input_schema", "a JSON schema, an object");
        output.Write("{\"type\":\"function\",\"function\":{\"name\":"u8);
        output.Write(tool["name"u8].Bytes);
        if (tool["description"u8] is { IsText: true } description)
        {
            output.Write(",\"description\":"u8);
            output.Write(description.Bytes);
        }

        output.Write(",\"parameters\":"u8);
        output.Write(tool["input_schema"u8].Bytes);
        if (tool["strict"u8].IsTrue) output.Write(",\"strict\":true"u8);
        output.Write("}}"u8);
        return null;
    }
}
