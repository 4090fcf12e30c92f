using System.Text.Json;
using Trireme.Inference.Templates;

namespace Trireme.Inference.Tests.Templates;

internal static class Conversations
{
    public static readonly DateTimeOffset Now = new(2026, 3, 5, 14, 7, 9, TimeSpan.Zero);

    /// <summary>A JSON object of template variables as a template's input.</summary>
    public static ChatTemplateInput Read(string json)
    {
        JsonElement root = JsonDocument.Parse(json).RootElement;
        bool addsPrompt = !root.TryGetProperty("add_generation_prompt", out JsonElement prompt) || prompt.GetBoolean();
        string[] own = ["messages", "tools", "add_generation_prompt"];
        IEnumerable<JsonProperty> extra = root.EnumerateObject().Where(entry => !own.Contains(entry.Name));
        return new ChatTemplateInput
        {
            Messages = [.. root.GetProperty("messages").EnumerateArray()],
            Tools = root.TryGetProperty("tools", out JsonElement tools) ? [.. tools.EnumerateArray()] : null,
            AddGenerationPrompt = addsPrompt,
            ExtraVariables = extra.ToDictionary(entry => entry.Name, entry => entry.Value),
            TimeProvider = new FixedTime(),
        };
    }

    public static string Render(string template, string json = """{"messages":[]}""") => ChatTemplate.Parse(template).Render(Read(json));

    private sealed class FixedTime : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
