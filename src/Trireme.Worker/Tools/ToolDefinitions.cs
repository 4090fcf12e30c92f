using System.Text.Json;
using System.Text.RegularExpressions;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.ToolCalls;
using Trireme.Worker.Http;

namespace Trireme.Worker.Tools;

/// <summary>Reads the functions of a request.</summary>
internal static partial class ToolDefinitions
{
    /// <summary>OpenAI's limit.</summary>
    private const int CountMax = 128;

    /// <summary>A function without parameters takes none.</summary>
    private const string NoParameters = """{"type":"object","properties":{},"additionalProperties":false}""";

    public static IReadOnlyList<ToolFunction> Read(IReadOnlyList<JsonElement> tools, out WorkerError? problem)
    {
        problem = tools.Count > CountMax ? WorkerError.Invalid("tools", $"tools may hold at most {CountMax} functions.") : null;
        if (problem is not null) return [];
        var functions = new List<ToolFunction>(tools.Count);
        for (int i = 0; i < tools.Count; i++)
        {
            if (ReadOne(tools[i], $"tools[{i}]", out problem) is not { } function) return [];
            if (functions.Exists(known => known.Name == function.Name))
            {
                string field = $"tools[{i}].function.name";
                problem = WorkerError.Invalid(field, $"{field} is '{function.Name}' like another function's; give each its own name.");
                return [];
            }

            functions.Add(function);
        }

        return functions;
    }

    private static ToolFunction? ReadOne(JsonElement tool, string path, out WorkerError? problem)
    {
        if (tool.ValueKind != JsonValueKind.Object)
        {
            return Refuse(path, "must be an object", out problem);
        }

        if (!tool.TryGetProperty("type", out JsonElement type) || TextOf(type) != "function")
        {
            if (TextOf(type) is { } other)
            {
                string label = NameOf(tool, other) is { } custom ? $" '{custom}'" : "";
                string message = $"{path}{label} is a tool of the type '{other}', which is not supported; only functions can be called.";
                problem = WorkerError.Invalid($"{path}.type", message, OpenAiErrorCodes.UnsupportedParameter);
                return null;
            }

            return Refuse($"{path}.type", "must be \"function\"", out problem);
        }

        string at = $"{path}.function";
        if (!tool.TryGetProperty("function", out JsonElement function) || function.ValueKind != JsonValueKind.Object)
        {
            return Refuse(at, "must be an object with a name", out problem);
        }

        if (!function.TryGetProperty("name", out JsonElement named) || TextOf(named) is not { } name || !Name().IsMatch(name))
        {
            return Refuse($"{at}.name", "must be 1 to 64 letters, digits, underscores or dashes", out problem);
        }

        string field = $"{at}.parameters";
        bool isStrict = function.TryGetProperty("strict", out JsonElement strict) && strict.ValueKind == JsonValueKind.True;
        return ReadSchema(function, field, out problem) is { } schema ? new ToolFunction(name, schema, field, isStrict) : null;
    }

    /// <summary>The name that a tool of another type has, in an object of that name or by itself.</summary>
    private static string? NameOf(JsonElement tool, string type)
    {
        JsonElement holder = tool.TryGetProperty(type, out JsonElement inner) && inner.ValueKind == JsonValueKind.Object ? inner : tool;
        return holder.TryGetProperty("name", out JsonElement name) ? TextOf(name) : null;
    }

    /// <summary>The schema of the arguments, which are an object whether the schema says so or not.</summary>
    private static string? ReadSchema(JsonElement function, string field, out WorkerError? problem)
    {
        problem = null;
        if (!function.TryGetProperty("parameters", out JsonElement parameters) || parameters.ValueKind == JsonValueKind.Null)
        {
            return NoParameters;
        }

        if (parameters.ValueKind != JsonValueKind.Object)
        {
            problem = WorkerError.Invalid(field, $"{field} must be a JSON schema, an object.");
            return null;
        }

        if (parameters.TryGetProperty("type", out JsonElement type))
        {
            if (TextOf(type) == "object") return parameters.GetRawText();
            problem = WorkerError.Invalid(field, $"{field} must have the type \"object\": arguments have names.");
            return null;
        }

        string members = parameters.GetRawText()[1..].TrimStart();
        return $$"""{"type":"object"{{(members == "}" ? "" : ",")}}{{members}}""";
    }

    private static ToolFunction? Refuse(string field, string problem, out WorkerError? error)
    {
        error = WorkerError.Invalid(field, $"{field} {problem}.");
        return null;
    }

    /// <summary>A string's text; null for anything else and for one with half a character.</summary>
    public static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}\\z")]
    private static partial Regex Name();
}
