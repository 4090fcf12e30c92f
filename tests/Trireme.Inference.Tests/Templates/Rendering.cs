using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Inference.Templates;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Templates;

/// <summary>What a template made of a conversation: its text, or its own message to the client, or that it failed.</summary>
internal sealed record Rendering(string? Text, string? Raised)
{
    /// <summary>How two failures of one kind compare: the words of each implementation are its own.</summary>
    public static readonly Rendering Failed = new(null, null);

    private const string BeginToken = "<s>";
    private const string EndToken = "</s>";

    /// <summary>What this implementation makes of it.</summary>
    public static Rendering Ours(TemplateCase item)
    {
        try
        {
            return new Rendering(ChatTemplate.Parse(item.Template, BeginToken, EndToken).Render(Conversations.Read(item.Variables)), null);
        }
        catch (ChatTemplateException exception)
        {
            return exception.RaisedByTemplate ? new Rendering(null, exception.Message) : Failed;
        }
    }

    /// <summary>What the JavaScript implementation makes of each, all in one process.</summary>
    public static async Task<List<Rendering>> TheirsAsync(IReadOnlyList<TemplateCase> cases)
    {
        string input = string.Join('\n', cases.Select(static item =>
        {
            JsonObject variables = JsonNode.Parse(item.Variables)!.AsObject();
            variables.TryAdd("add_generation_prompt", true);
            variables.TryAdd("tools", null);
            variables["bos_token"] = BeginToken;
            variables["eos_token"] = EndToken;
            return new JsonObject { ["template"] = item.Template, ["variables"] = variables }.ToJsonString();
        }));
        string script = Repository.PathOf("tests", "Trireme.Inference.Tests", "Templates", "Reference", "render.cjs");
        string output = await JavaScriptPackages.RunAsync(script, input);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select((line, index) => Read(cases[index], line))];
    }

    private static Rendering Read(TemplateCase item, string line)
    {
        JsonElement result = JsonElement.Parse(line);
        if (result.TryGetProperty("text", out JsonElement text)) return new Rendering(text.GetString(), null);
        string error = result.GetProperty("error").GetString()!;
        // There an exception of a template is an error like any other, told apart by its words.
        return item.Raises.Any(raised => error.StartsWith(raised, StringComparison.Ordinal)) ? new Rendering(null, error) : Failed;
    }
}

/// <summary>A template and the variables to render it with, as JSON.</summary>
internal sealed record TemplateCase(string Template, string Variables)
{
    /// <summary>Beginnings of the messages that the template raises.</summary>
    public IReadOnlyList<string> Raises { get; init; } = [];
}
