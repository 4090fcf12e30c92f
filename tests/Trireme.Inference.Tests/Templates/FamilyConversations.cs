using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Templates;

/// <summary>Templates in the formats of the families, and conversations to render with them.</summary>
internal static class FamilyConversations
{
    /// <summary>What the templates of Reference/ tell clients.</summary>
    private static readonly string[] Raises =
    [
        "No ", "Twice ", "One call in a turn.", "Functions need a question.", "It is not the turn", "An id has", "There is no question.",
        "Nobody is",
    ];

    private const string Weather =
        """
        {"type":"function","function":{"name":"get_weather","description":"Weather of a \"city\" <now> & later","parameters":{
          "type":"object","properties":{
          "city":{"type":"string","description":"Größe 😀"},"days":{"type":"array","items":{"type":"integer"}},
          "where":{"type":"object","properties":{"lat":{"type":"number"},"any":{}}}},"required":["city"]}}}
        """;

    private const string Clock = """{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}""";

    private const string Call =
        """
        {"role":"assistant","content":"","tool_calls":[
          {"id":"abcDEF123","type":"function","function":{
            "name":"get_weather","arguments":{"city":"Zürich","n":[1,2.5,null,true,"\"\\\n"]}}}]}
        """;

    private const string TwoCalls =
        """
        {"role":"assistant","content":"Let me see.","tool_calls":[
          {"id":"abcDEF123","type":"function","function":{"name":"get_weather","arguments":{"city":"Ulm"}}},
          {"id":"abcDEF124","type":"function","function":{"name":"now","arguments":{}}}]}
        """;

    private static readonly Dictionary<string, string> Conversations = new()
    {
        ["a question"] = Messages(User("What is 2 + 2?")),
        ["a system message"] = Messages(System("Be brief.\n"), User("Hi")),
        ["space around texts"] = Messages(System("  S \n"), User("\n  Hi\t "), Assistant("  Yes. "), User(" ok\n\n")),
        ["several turns"] = Messages(User("a"), Assistant("b"), User("c"), Assistant("d"), User("e")),
        ["every script"] = Messages(User("Größe, 漢字, 😀 and \\ \" ' < > &"), Assistant("{{ not a template }}"), User("{% %}")),
        ["no invitation to answer"] = $$"""{{{Fields(User("a"), Assistant("b"))}},"add_generation_prompt":false}""",
        ["two questions in a row"] = Messages(User("a"), User("b")),
        ["an answer first"] = Messages(Assistant("a"), User("b")),
        ["a system message later"] = Messages(User("a"), System("b"), User("c")),
        ["an empty text"] = Messages(User(""), Assistant(""), User("x")),
        ["a thought"] = Messages(User("a"), Assistant("<think>\nHm.\n</think>\n\nYes."), User("b"), Assistant("<think>no</think>No.")),
        ["thinking switched off"] = $$"""{{{Fields(User("a"))}},"enable_thinking":false}""",
        ["a named day"] = $$"""{{{Fields(System("s"), User("a"))}},"day":"Tuesday"}""",
        ["a tool"] = $$"""{{{Fields(User("Weather?"))}},"tools":[{{Weather}}]}""",
        ["tools and a system message"] = $$"""{{{Fields(System("Use tools."), User("Weather?"))}},"tools":[{{Weather}},{{Clock}}]}""",
        ["a call and its result"] = $$"""{{{Fields(User("Weather?"), Call, Result("abcDEF123", "{\"t\": 3}"))}},"tools":[{{Weather}}]}""",
        ["a call in the middle"] = $$"""
            {{{Fields(System("s"), User("a"), Call, Result("abcDEF123", "3 °C"), Assistant("Cold."), User("Thanks"))}},"tools":[{{Clock}}]}
            """,
        ["two calls and their results"] = $$"""
            {{{Fields(User("a"), TwoCalls, Result("abcDEF123", "1"), Result("abcDEF124", "2"), User("b"))}},"tools":[{{Weather}},{{Clock}}]}
            """,
        ["a call without tools"] = Messages(User("a"), Call, Result("abcDEF123", "x")),
        ["a short id"] = Messages(User("a"), Call.Replace("abcDEF123", "1", StringComparison.Ordinal), Result("1", "x"), User("b")),
        ["tools without a question"] = $$"""{{{Fields(System("s"))}},"tools":[{{Clock}}]}""",
    };

    public static string[] TemplateNames { get; } =
        ["qwen25", "qwen3", "llama3", "llama31-tools", "mistral", "mistral-tools", "gemma2", "phi3", "phi4-tools", "hermes", "trained"];

    public static IEnumerable<string> ConversationNames => Conversations.Keys;

    public static TemplateCase Case(string template, string conversation) => Of(template, Conversations[conversation]);

    /// <summary>A conversation that follows no rules.</summary>
    public static TemplateCase Random(Random random)
    {
        string[] words =
            ["a", " ", "\n", "Größe", "😀", "</think>", "<think>", "<tool_response>", "{", "}}", "\"", "\\", "'", "&lt;", "漢"];
        var messages = new List<string>();
        for (int i = random.Next(1, 7); i > 0; i--)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => words[random.Next(words.Length)]));
            messages.Add(random.Next(9) switch
            {
                0 => System(text),
                1 => Call,
                2 => TwoCalls,
                3 => Result("abcDEF123", text),
                4 or 5 => Assistant(text),
                _ => User(text),
            });
        }

        string tools = random.Next(3) switch { 0 => $",\"tools\":[{Weather}]", 1 => $",\"tools\":[{Weather},{Clock}]", _ => "" };
        string ends = random.Next(4) == 0 ? ",\"add_generation_prompt\":false" : "";
        return Of(TemplateNames[random.Next(TemplateNames.Length)], $$"""{{{Fields([.. messages])}}{{tools}}{{ends}}}""");
    }

    private static TemplateCase Of(string template, string variables)
    {
        // The template that the trainer writes is the one of the sample model.
        string path = template == "trained"
            ? Repository.PathOf("samples", "models", "tiny", "chat_template.jinja")
            : Repository.PathOf("tests", "Trireme.Inference.Tests", "Templates", "Reference", template + ".jinja");
        return new TemplateCase(File.ReadAllText(path), variables) { Raises = Raises };
    }

    private static string Messages(params string[] messages) => $$"""{{{Fields(messages)}}}""";

    private static string Fields(params string[] messages) => $"\"messages\":[{string.Join(',', messages)}]";

    private static string System(string text) => Message("system", text);

    private static string User(string text) => Message("user", text);

    private static string Assistant(string text) => Message("assistant", text);

    private static string Result(string id, string text) =>
        new JsonObject { ["role"] = "tool", ["tool_call_id"] = id, ["content"] = text }.ToJsonString();

    private static string Message(string role, string text) => new JsonObject { ["role"] = role, ["content"] = text }.ToJsonString();
}
