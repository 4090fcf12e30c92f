using System.Text.Json;
using Trireme.Inference.Reasoning;
using Trireme.Inference.Templates.Runtime;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Templates;

/// <summary>Brings clients' messages into the shape templates are written for.</summary>
internal static class ConversationReader
{
    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool", "function", "ipython", "model"];

    private static readonly string[] AnswerFields = ["content", "reasoning_content", "reasoning"];

    /// <summary>
    /// Two things differ between the OpenAI API and templates: content may come as a list of parts where a template expects text,
    /// and the arguments of a tool call come as JSON in a string where a template expects the mapping.
    /// </summary>
    public static List<object?> Read(ChatTemplateInput input, bool keepContentParts, RenderState state)
    {
        var messages = new List<object?>(input.Messages.Count);
        foreach (JsonElement element in input.Messages)
        {
            if (JsonValues.Of(element, state) is not TemplateMap message || message.FindText("role") is not { } role)
            {
                throw state.Raise($"messages[{messages.Count}] must be an object with a role.");
            }

            if (!keepContentParts && message.Find("content") is List<object?> parts)
            {
                message.Set("content", JoinParts(parts, messages.Count, state));
            }

            // Templates make marks of the roles they know; any other name is the client's.
            if (Roles.Contains(role.Value)) message.Set("role", new TemplateText(role.Value));
            if (role.Value == "assistant") MarkAnswer(message, state);
            ReadArguments(message, messages.Count, state);
            messages.Add(message);
        }

        return messages;
    }

    private static TemplateText JoinParts(List<object?> parts, int index, RenderState state)
    {
        var text = new BoundedText(state);
        for (int i = 0; i < parts.Count; i++)
        {
            TemplateText? part = parts[i] as TemplateText;
            if (parts[i] is TemplateMap map)
            {
                string? type = map.FindText("type")?.Value;
                if (type is not ("text" or "input_text" or "output_text" or "refusal"))
                {
                    throw state.Raise($"messages[{index}].content[{i}] has type '{type}'; this model takes text only.");
                }

                part = map.FindText(type == "refusal" ? "refusal" : "text");
            }

            if (part is null) throw state.Raise($"messages[{index}].content[{i}] has no text.");
            if (i > 0) text.Append("\n", TextOrigin.Client);
            text.Add(part);
        }

        return text.ToText();
    }

    /// <summary>
    /// What a model said before comes back as it was: the marks that answers show are marks again. Those of thinking are the template's
    /// even where they are special tokens, since answers show them then too.
    /// </summary>
    private static void MarkAnswer(TemplateMap message, RenderState state)
    {
        foreach (string field in AnswerFields)
        {
            if (message.FindText(field) is { } text) message.Set(field, Answered(text.Value, state));
        }

        foreach (object? part in message.Find("content") as List<object?> ?? [])
        {
            if (part is TemplateMap map && map.FindText("text") is { } text) map.Set("text", Answered(text.Value, state));
        }
    }

    private static TemplateText Answered(string text, RenderState state)
    {
        var output = new BoundedText(state);
        int position = 0;
        while (position < text.Length)
        {
            int begin = text.IndexOf(ReasoningMarks.Begin, position, StringComparison.Ordinal);
            int end = text.IndexOf(ReasoningMarks.End, position, StringComparison.Ordinal);
            bool isEnd = end >= 0 && (begin < 0 || end < begin);
            int at = isEnd ? end : begin;
            output.Append(text.AsSpan(position, (at < 0 ? text.Length : at) - position), TextOrigin.Answer);
            if (at < 0) break;
            string mark = isEnd ? ReasoningMarks.End : ReasoningMarks.Begin;
            output.Append(mark);
            position = at + mark.Length;
        }

        return output.ToText();
    }

    private static void ReadArguments(TemplateMap message, int index, RenderState state)
    {
        if (message.Find("tool_calls") is not List<object?> calls) return;
        for (int i = 0; i < calls.Count; i++)
        {
            if (calls[i] is not TemplateMap call || (call.Find("function") ?? call) is not TemplateMap function) continue;
            if (function.FindText("arguments")?.Value is not { } json) continue;
            try
            {
                using JsonDocument document = JsonDocument.Parse(json.Length == 0 ? "{}" : json);
                function.Set("arguments", JsonValues.Of(document.RootElement, state));
            }
            catch (JsonException)
            {
                throw state.Raise($"messages[{index}].tool_calls[{i}].function.arguments is not valid JSON.");
            }
        }
    }
}
