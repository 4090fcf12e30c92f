using System.Buffers;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>Writes the tools of a response as the functions of a chat.</summary>
internal static class ResponseTools
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
            string place = $"tools[{index++}]";
            if (!tool["type"u8].Reads("function"u8))
            {
                return GatewayErrors.Unsupported(
                    $"{place}.type", $"there is no tool \"{tool["type"u8].Shown()}\" here. Send functions of your own.");
            }

            if (tool["name"u8].Text.IsEmpty) return GatewayErrors.Missing($"{place}.name", "a function has one");
            output.Write("{\"type\":\"function\",\"function\":{\"name\":"u8);
            output.Write(tool["name"u8].Bytes);
            Carry(",\"description\":"u8, tool["description"u8], output);
            Carry(",\"parameters\":"u8, tool["parameters"u8], output);
            Carry(",\"strict\":"u8, tool["strict"u8], output);
            output.Write("}}"u8);
        }

        output.Write("]"u8);
        return null;
    }

    /// <summary>What must be called; null when it is written.</summary>
    public static GatewayError? WriteChoice(JsonSlice choice, IBufferWriter<byte> output)
    {
        output.Write(",\"tool_choice\":"u8);
        if (choice.Reads("none"u8) || choice.Reads("auto"u8) || choice.Reads("required"u8))
        {
            output.Write(choice.Bytes);
            return null;
        }

        JsonSlice type = choice["type"u8];
        if (type.Reads("function"u8) && !choice["name"u8].Text.IsEmpty)
        {
            WriteName(choice, output);
            return null;
        }

        if (!type.Reads("allowed_tools"u8))
        {
            return GatewayErrors.Unsupported(
                "tool_choice", "it is \"none\", \"auto\", \"required\", a function with its name, or allowed_tools.");
        }

        output.Write("{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":"u8);
        output.Compact(choice["mode"u8]);
        output.Write(",\"tools\":["u8);
        int index = 0;
        foreach (JsonSlice tool in choice["tools"u8].Elements)
        {
            if (index++ > 0) output.Write(","u8);
            if (tool["name"u8].Text.IsEmpty) return GatewayErrors.Missing($"tool_choice.tools[{index - 1}].name", "it says which function");
            WriteName(tool, output);
        }

        output.Write("]}}"u8);
        return null;
    }

    private static void WriteName(JsonSlice function, IBufferWriter<byte> output)
    {
        output.Write("{\"type\":\"function\",\"function\":{\"name\":"u8);
        output.Write(function["name"u8].Bytes);
        output.Write("}}"u8);
    }

    private static void Carry(ReadOnlySpan<byte> name, JsonSlice value, IBufferWriter<byte> output)
    {
        if (value.IsNull) return;
        output.Write(name);
        output.Write(value.Bytes);
    }
}
