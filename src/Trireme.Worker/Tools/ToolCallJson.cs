using System.Text;
using System.Text.Json;
using Trireme.Inference.ToolCalls;

namespace Trireme.Worker.Tools;

/// <summary>Words calls in OpenAI's shapes.</summary>
internal static class ToolCallJson
{
    /// <summary>Writes a part of a call as a delta: id, type and name with the first, then stretches of the arguments.</summary>
    public static void WriteDelta(Utf8JsonWriter json, ToolCallPart part, AnswerParts calls)
    {
        bool begins = part.Kind == ToolCallPartKind.Call;
        json.WriteStartArray("tool_calls"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, part.Index);
        if (begins) WriteIdentity(json, calls);
        WriteFunction(json, begins ? part.Text : null, begins ? "" : part.Text);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>Writes the content, the thinking and the calls of a whole answer.</summary>
    public static void WriteMessage(Utf8JsonWriter json, IReadOnlyList<ToolCallPart> parts, AnswerParts calls)
    {
        var content = new StringBuilder();
        var reasoning = new StringBuilder();
        var arguments = new StringBuilder();
        string? name = null;
        foreach (ToolCallPart part in parts)
        {
            if (part.Kind == ToolCallPartKind.Content) content.Append(part.Text);
            if (part.Kind == ToolCallPartKind.Reasoning) reasoning.Append(part.Text);
        }

        if (content.Length == 0 && calls.HasCalls) json.WriteNull("content"u8);
        else json.WriteString("content"u8, content.ToString());
        if (reasoning.Length > 0) json.WriteString("reasoning_content"u8, reasoning.ToString());
        if (!calls.HasCalls) return;

        json.WriteStartArray("tool_calls"u8);
        foreach (ToolCallPart part in parts)
        {
            if (part.Kind == ToolCallPartKind.Arguments) arguments.Append(part.Text);
            if (part.Kind != ToolCallPartKind.Call) continue;
            WriteCall();
            name = part.Text;
        }

        WriteCall();
        json.WriteEndArray();

        void WriteCall()
        {
            if (name is null) return;
            json.WriteStartObject();
            WriteIdentity(json, calls);
            WriteFunction(json, name, arguments.ToString());
            json.WriteEndObject();
            arguments.Clear();
        }
    }

    private static void WriteIdentity(Utf8JsonWriter json, AnswerParts calls)
    {
        json.WriteString("id"u8, calls.CreateId());
        json.WriteString("type"u8, "function"u8);
    }

    private static void WriteFunction(Utf8JsonWriter json, string? name, string arguments)
    {
        json.WriteStartObject("function"u8);
        if (name is not null) json.WriteString("name"u8, name);
        json.WriteString("arguments"u8, arguments);
        json.WriteEndObject();
    }
}
