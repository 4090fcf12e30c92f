using System.Text;
using System.Text.Json;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates;

/// <summary>Brings clients' messages into the shape templates are written for.</summary>
internal static class ConversationReader
{
    /// <summary>
    /// Two things differ between the OpenAI API and templates: content may come as a list of parts where a template expects text,
    /// and the arguments of a tool call come as JSON in a string where a template expects the mapping.
    /// </summary>
    public static List<object?> Read(ChatTemplateInput input, bool keepContentParts, RenderState state)
    {
        var messages = new List<object?>(input.Messages.Count);
        foreach (JsonElement element in input.Messages)
        {
            if (JsonValues.Of(element, state) is not TemplateMap message || message.GetValueOrDefault("role") is not string)
            {
                throw state.Raise($"messages[{messages.Count}] must be an object with a role.");
            }

            if (!keepContentParts && message.GetValueOrDefault("content") is List<object?> parts)
            {
                message["content"] = JoinParts(parts, messages.Count, state);
            }

            ReadArguments(message, messages.Count, state);
            messages.Add(message);
        }

        return messages;
    }

    private static string JoinParts(List<object?> parts, int index, RenderState state)
    {
        var text = new StringBuilder();
        for (int i = 0; i < parts.Count; i++)
        {
            string? part = parts[i] as string;
            if (parts[i] is TemplateMap map)
            {
                string? type = map.GetValueOrDefault("type") as string;
                if (type is not ("text" or "input_text" or "output_text" or "refusal"))
                {
                    throw state.Raise($"messages[{index}].content[{i}] has type '{type}'; this model takes text only.");
                }

                part = map.GetValueOrDefault(type == "refusal" ? "refusal" : "text") as string;
            }

            if (part is null) throw state.Raise($"messages[{index}].content[{i}] has no text.");
            if (i > 0) text.Append('\n');
            text.Append(part);
        }

        return state.Charge(text.ToString());
    }

    private static void ReadArguments(TemplateMap message, int index, RenderState state)
    {
        if (message.GetValueOrDefault("tool_calls") is not List<object?> calls) return;
        for (int i = 0; i < calls.Count; i++)
        {
            if (calls[i] is not TemplateMap call || (call.GetValueOrDefault("function") ?? call) is not TemplateMap function) continue;
            if (function.GetValueOrDefault("arguments") is not string json) continue;
            try
            {
                using JsonDocument document = JsonDocument.Parse(json.Length == 0 ? "{}" : json);
                function["arguments"] = JsonValues.Of(document.RootElement, state);
            }
            catch (JsonException)
            {
                throw state.Raise($"messages[{index}].tool_calls[{i}].function.arguments is not valid JSON.");
            }
        }
    }
}
