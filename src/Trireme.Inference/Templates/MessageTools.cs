using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates;

/// <summary>
/// The shape of Phi-4-mini's own template: it looks for the tool definitions as JSON text in the system message, knows no variable for
/// them, and expects calls as part of the assistant's text.
/// </summary>
internal static class MessageTools
{
    /// <param name="messages">The conversation, which is changed.</param>
    /// <param name="tools">The tool definitions; null for none.</param>
    /// <param name="writesCalls">The template does not show calls itself.</param>
    /// <param name="state">Pays for what is written.</param>
    public static void Adapt(List<object?> messages, List<object?>? tools, bool writesCalls, RenderState state)
    {
        if (writesCalls)
        {
            foreach (object? message in messages) WriteCalls((TemplateMap)message!, state);
        }

        if (tools is not null) Add(messages, tools, state);
    }

    /// <summary>Puts the functions into the first message, which becomes a system message where it is none.</summary>
    private static void Add(List<object?> messages, List<object?> tools, RenderState state)
    {
        if (messages.Count == 0 || messages[0] is not TemplateMap { } first || first.FindText("role")?.Value is not "system")
        {
            first = new TemplateMap();
            first.Set("role", new TemplateText("system"));
            first.Set("content", TemplateText.Empty);
            messages.Insert(0, first);
        }

        // A client that knows the template may have put them there itself.
        if (!first.TryGet(new TemplateText("tools"), out _)) first.Set("tools", WriteFunctions(tools, state));
    }

    /// <summary>Writes the calls of a message behind its text.</summary>
    private static void WriteCalls(TemplateMap message, RenderState state)
    {
        if (message.Find("tool_calls") is not List<object?> { Count: > 0 } calls) return;
        var text = new BoundedText(state);
        if (message.FindText("content") is { } content) text.Add(content);
        text.Append("<|tool_call|>");
        text.Add(WriteFunctions(calls, state));
        text.Append("<|/tool_call|>");
        message.Set("content", text.ToText());
    }

    /// <summary>Definitions and calls both have what the model is shown as their function.</summary>
    private static TemplateText WriteFunctions(List<object?> values, RenderState state)
    {
        List<object?> functions = [];
        foreach (object? value in values) functions.Add((value as TemplateMap)?.Find("function") ?? value);
        var text = new BoundedText(state);
        new JsonText(text, state, JsonTextOptions.Standard).Write(functions);
        return text.ToText();
    }
}
