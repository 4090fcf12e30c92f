using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.ToolCalls;
using Trireme.Worker.Http;

namespace Trireme.Worker.Tools;

/// <summary>Which of the functions of a request the model may or must call.</summary>
internal sealed record ToolSelection
{
    private const string Field = "tool_choice";
    private const string Allowed = "allowed_tools";

    /// <summary>The functions the model is shown; none where it may call nothing.</summary>
    public IReadOnlyList<ToolFunction> Functions { get; private init; } = [];

    /// <summary>The answer is a call.</summary>
    public bool IsForced { get; private init; }

    /// <summary>One function is named, to be called once.</summary>
    public bool IsNamed { get; private init; }

    public static ToolSelection Read(JsonElement? choice, IReadOnlyList<ToolFunction> functions, out WorkerError? problem)
    {
        problem = null;
        if (choice is not { } value || value.ValueKind == JsonValueKind.Null) return new ToolSelection { Functions = functions };
        if (ToolDefinitions.TextOf(value) is { } word)
        {
            switch (word)
            {
                case "none": return new ToolSelection();
                case "auto": return new ToolSelection { Functions = functions };
                case "required": return new ToolSelection { Functions = functions, IsForced = true };
            }
        }

        string? type = TextIn(value, "type");
        if (type == Allowed) return ReadAllowed(value, functions, out problem);
        if (type == "function" && NameOf(value) is { } name && Find(functions, name, Field, out problem) is { } named)
        {
            return new ToolSelection { Functions = [named], IsForced = true, IsNamed = true };
        }

        problem ??= Refuse(type is "custom"
            ? "tool_choice names a tool of the type 'custom', which is not supported; only functions can be called."
            : "tool_choice must be \"none\", \"auto\", \"required\", {\"type\":\"function\",\"function\":{\"name\":...}} or "
                + "{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":...,\"tools\":[...]}}.");
        return new ToolSelection();
    }

    /// <summary>The functions listed, of those there are; the form of POST /v1/responses lacks the inner object.</summary>
    private static ToolSelection ReadAllowed(JsonElement choice, IReadOnlyList<ToolFunction> functions, out WorkerError? problem)
    {
        JsonElement allowed = choice.TryGetProperty(Allowed, out JsonElement inner) ? inner : choice;
        string? mode = TextIn(allowed, "mode");
        bool hasTools = allowed.ValueKind == JsonValueKind.Object && allowed.TryGetProperty("tools", out JsonElement tools)
            && tools.ValueKind == JsonValueKind.Array && tools.GetArrayLength() > 0;
        problem = mode is not ("auto" or "required") || !hasTools
            ? Refuse("tool_choice.allowed_tools needs a mode, \"auto\" or \"required\", and a list of tools.")
            : null;
        if (problem is not null) return new ToolSelection();
        var listed = new List<ToolFunction>();
        int index = 0;
        foreach (JsonElement tool in allowed.GetProperty("tools").EnumerateArray())
        {
            string field = $"{Field}.{Allowed}.tools[{index++}]";
            if (TextIn(tool, "type") != "function" || NameOf(tool) is not { } name)
            {
                problem = Refuse($"{field} must name a function: {{\"type\":\"function\",\"function\":{{\"name\":...}}}}.");
                return new ToolSelection();
            }

            if (Find(functions, name, field, out problem) is not { } function) return new ToolSelection();
            if (!listed.Contains(function)) listed.Add(function);
        }

        return new ToolSelection { Functions = listed, IsForced = mode == "required" };
    }

    private static ToolFunction? Find(IReadOnlyList<ToolFunction> functions, string name, string field, out WorkerError? problem)
    {
        ToolFunction? found = functions.FirstOrDefault(function => function.Name == name);
        problem = found is null ? WorkerError.Invalid(Field, $"{field} names the function '{name}', which tools does not hold.") : null;
        return found;
    }

    private static string? NameOf(JsonElement tool) =>
        tool.TryGetProperty("function", out JsonElement function) ? TextIn(function, "name") : TextIn(tool, "name");

    private static string? TextIn(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
            ? ToolDefinitions.TextOf(value)
            : null;

    private static WorkerError Refuse(string message) => WorkerError.Invalid(Field, message, OpenAiErrorCodes.UnsupportedParameter);
}
