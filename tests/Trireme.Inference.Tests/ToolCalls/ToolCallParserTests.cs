using Trireme.Inference.ToolCalls;

namespace Trireme.Inference.Tests.ToolCalls;

public sealed class ToolCallParserTests
{
    private const string F = """{"name": "f", "arguments": {"a": 1}}""";

    public static TheoryData<string, string, string> Hermes => new()
    {
        { "an answer without calls is content to the last space", "Just a text.\n <b> \n", "Just a text.\n <b> \n" },
        { "a call", $"<tool_call>\n{F}\n</tool_call>", """«f:{"a": 1}»""" },
        {
            "content before a call, without the space between them",
            $"I look.\n\n<tool_call>\n{F}\n</tool_call>",
            """I look.«f:{"a": 1}»"""
        },
        { "two calls", $"<tool_call>\n{F}\n</tool_call>\n<tool_call>\n{F}\n</tool_call>\n", """«f:{"a": 1}»«f:{"a": 1}»""" },
        { "content after a call", $"<tool_call>{F}</tool_call> Done.", """«f:{"a": 1}» Done.""" },
        { "a call whose end was not written", $"<tool_call>\n{F}", """«f:{"a": 1}»""" },
        { "a call whose end is half written", $"<tool_call>\n{F}\n</tool", """«f:{"a": 1}»""" },
        { "a call without its last brace", "<tool_call>\n{\"name\":\"f\",\"arguments\":{\"a\":1}\n</tool_call>", """«f:{"a":1}»""" },
        { "arguments before the name", """<tool_call>{"arguments":{"a":[1]},"name":"f"}</tool_call>""", """«f:{"a":[1]}»""" },
        { "parameters for arguments", """<tool_call>{"name":"f","parameters":{}}</tool_call>""", "«f:{}»" },
        { "further members", """<tool_call>{"id":-1.5e3,"name":"f","x":[{"name":"y"}],"arguments":{}}</tool_call>""", "«f:{}»" },
        { "an unknown function: the client says so", """<tool_call>{"name":"g","arguments":{}}</tool_call>""", "«g:{}»" },
        { "a name with an escape", """<tool_call>{"name":"\u0066","arguments":{}}</tool_call>""", "«f:{}»" },
        {
            "braces, quotes and marks in texts",
            """<tool_call>{"name":"f","arguments":{"t":"}\"</tool_call>"}}</tool_call>""",
            """«f:{"t":"}\"</tool_call>"}»"""
        },
        { "no JSON", "<tool_call>f(1)</tool_call>", "<tool_call>f(1)</tool_call>" },
        { "a call after a failed one", $"<tool_call> <tool_call>{F}</tool_call>", """<tool_call> «f:{"a": 1}»""" },
        { "a tag without a call at the end", "See <tool_call>\n", "See <tool_call>\n" },
        { "half a tag", "a <tool_c", "a <tool_c" },
        { "no name", """<tool_call>{"arguments":{}}</tool_call>""", """<tool_call>{"arguments":{}}</tool_call>""" },
        { "no arguments", """<tool_call>{"name":"f"}</tool_call>""", "«f:{}»" },
        {
            "no arguments but other members, which may be them",
            """<tool_call>{"name":"f","city":"Ulm"}</tool_call>""",
            """<tool_call>{"name":"f","city":"Ulm"}</tool_call>"""
        },
        {
            "an empty name",
            """<tool_call>{"name":"","arguments":{}}</tool_call>""",
            """<tool_call>{"name":"","arguments":{}}</tool_call>"""
        },
        {
            "a name of half a character",
            """<tool_call>{"name":"\ud800","arguments":{}}""",
            """<tool_call>{"name":"\ud800","arguments":{}}"""
        },
        {
            "arguments that are no object",
            """<tool_call>{"name":"f","arguments":"Ulm"}""",
            """<tool_call>{"name":"f","arguments":"Ulm"}"""
        },
        { "two names", """<tool_call>{"name":"f","name":"g","arguments":{}}""", """<tool_call>{"name":"f","name":"g","arguments":{}}""" },
        { "arguments cut by the token limit", """<tool_call>{"name":"f","arguments":{"a":[tr""", """«f:{"a":[tr»""" },
    };

    public static TheoryData<string, string, string> Llama3 => new()
    {
        { "a call is the answer", """{"name": "f", "parameters": {"a": "b;c"}}""", """«f:{"a": "b;c"}»""" },
        { "after the tag", """<|python_tag|>{"name": "f", "parameters": {}}""", "«f:{}»" },
        {
            "several calls",
            """{"name":"f","parameters":{}}; {"name":"get_weather","arguments":{"x":1}}""",
            """«f:{}»«get_weather:{"x":1}»"""
        },
        { "a semicolon at the end", """{"name":"f","parameters":{}};""", "«f:{}»" },
        { "an unknown function without the tag is JSON", """{"name":"Ann","parameters":{}}""", """{"name":"Ann","parameters":{}}""" },
        { "an unknown function after the tag", """<|python_tag|>{"name":"Ann","parameters":{}}""", "«Ann:{}»" },
        { "another object", """ {"city":"Ulm"}""", """ {"city":"Ulm"}""" },
        { "an object later on", """So: {"name":"f","parameters":{}}""", """So: {"name":"f","parameters":{}}""" },
        { "Python after the tag", "<|python_tag|>print(1)", "<|python_tag|>print(1)" },
        { "text after a call", """{"name":"f","parameters":{}} Well.""", "«f:{}» Well." },
        { "a type first", """{"type":"function","name":"f","parameters":{}}""", "«f:{}»" },
    };

    public static TheoryData<string, string, string> Mistral => new()
    {
        {
            "a list",
            """[TOOL_CALLS][{"name":"f","arguments":{}},  {"name":"g","arguments":{"a":1}, "id":"abc"}]""",
            """«f:{}»«g:{"a":1}»"""
        },
        { "a list after a space", """Yes. [TOOL_CALLS] [{"name": "f", "arguments": {}}]""", "Yes.«f:{}»" },
        { "a list without its end", """[TOOL_CALLS][{"name":"f","arguments":{}}""", "«f:{}»" },
        { "a list that goes on with nothing", """[TOOL_CALLS][{"name":"f","arguments":{}}, """, "«f:{}»" },
        { "a name and arguments", """[TOOL_CALLS]f{"a":{}}""", """«f:{"a":{}}»""" },
        { "a name with its mark", """[TOOL_CALLS]get_weather[ARGS]{"a":1}[TOOL_CALLS]f[ARGS] {}""", """«get_weather:{"a":1}»«f:{}»""" },
        { "a name with an id", """[TOOL_CALLS]f[CALL_ID]aB3dE6gH9[ARGS]{}""", "«f:{}»" },
        { "a name with a wrong mark", "[TOOL_CALLS]f[NONE]{}", "[TOOL_CALLS]f[NONE]{}" },
        { "two words", "[TOOL_CALLS]f g{}", "[TOOL_CALLS]f g{}" },
        { "an empty list", "[TOOL_CALLS][] x", "[TOOL_CALLS][] x" },
        { "a single object", """[TOOL_CALLS]{"name":"f","arguments":{}}""", "«f:{}»" },
        { "a broken second call", """[TOOL_CALLS][{"name":"f","arguments":{}}, oops]""", "«f:{}», oops]" },
        { "a name without arguments", "[TOOL_CALLS]f", "«f:{}»" },
        { "a name with its mark and no arguments, twice", "[TOOL_CALLS]now[ARGS][TOOL_CALLS]f[ARGS]", "«now:{}»«f:{}»" },
        { "a name whose arguments are null", "[TOOL_CALLS]f[ARGS]null", "«f:{}»" },
        { "a name whose arguments are an empty list", "[TOOL_CALLS]f[ARGS] []", "«f:{}»" },
        { "a name whose arguments are in a text", """[TOOL_CALLS]f[ARGS]"{\"a\": 1}".""", """«f:{"a": 1}».""" },
        { "a word that is no function's name", "[TOOL_CALLS]word", "[TOOL_CALLS]word" },
        { "brackets that are no mark", "[TOOL [TOOL_CALL] [1]", "[TOOL [TOOL_CALL] [1]" },
    };

    public static TheoryData<string, string, string> Phi => new()
    {
        { "between tags", """<|tool_call|>[{"name":"f","arguments":{}}]<|/tool_call|>""", "«f:{}»" },
        { "without the last tag", """Sure. <|tool_call|>[{"name":"f","arguments":{}}]""", "Sure.«f:{}»" },
        { "functools", """functools[{"name":"f","arguments":{}},{"name":"g","arguments":{}}]""", "«f:{}»«g:{}»" },
        { "a text about functools", "functools is a module, functools[0] not", "functools is a module, functools[0] not" },
        { "text after the last tag", """<|tool_call|>[{"name":"f","arguments":{}}]<|/tool_call|>Ok""", "«f:{}»Ok" },
    };

    /// <summary>A stream has told a call when its arguments break off; an answer read whole gives all of it back.</summary>
    public static TheoryData<string, string, string, string> Broken => new()
    {
        {
            "a value that is none",
            """<tool_call>{"name":"f","arguments":{"a":oops}}</tool_call>""",
            """«f:{"a":»oops}}</tool_call>""",
            """<tool_call>{"name":"f","arguments":{"a":oops}}</tool_call>"""
        },
        {
            "a number with zeros before it, whose spelling may matter",
            """<tool_call>{"name":"f","arguments":{"zip":01234}}</tool_call>""",
            """«f:{"zip":»01234}}</tool_call>""",
            """<tool_call>{"name":"f","arguments":{"zip":01234}}</tool_call>"""
        },
        {
            "a broken call between two others",
            $"<tool_call>{F}</tool_call>" + """<tool_call>{"name":"f","arguments":{"a" 1}}</tool_call>""" + $"<tool_call>{F}</tool_call>",
            """«f:{"a": 1}»«f:{"a" »1}}</tool_call>«f:{"a": 1}»""",
            """«f:{"a": 1}»<tool_call>{"name":"f","arguments":{"a" 1}}</tool_call>«f:{"a": 1}»"""
        },
        {
            "a second name",
            """<tool_call>{"name":"f","arguments":{},"name":"g"}</tool_call>""",
            """«f:{}»,"name":"g"}</tool_call>""",
            """<tool_call>{"name":"f","arguments":{},"name":"g"}</tool_call>"""
        },
        {
            "a half mark in the middle",
            """<tool_call>{"name":"f","arguments":{"a": 1 </tool oh""",
            """«f:{"a": 1 »</tool oh""",
            """<tool_call>{"name":"f","arguments":{"a": 1 </tool oh"""
        },
        {
            "a text that holds half an object",
            """<tool_call>{"name":"f","arguments":"{\"a\": "}</tool_call>""",
            """«f:{"a": »"}</tool_call>""",
            """<tool_call>{"name":"f","arguments":"{\"a\": "}</tool_call>"""
        },
    };

    [Theory]
    [MemberData(nameof(Hermes))]
    public void Hermes_and_Qwen(string sentence, string text, string expected) => Check(ToolCallFormat.Hermes, sentence, text, expected);

    [Theory]
    [MemberData(nameof(Llama3))]
    public void Llama(string sentence, string text, string expected) => Check(ToolCallFormat.Llama3, sentence, text, expected);

    [Theory]
    [MemberData(nameof(Mistral))]
    public void Mistrals(string sentence, string text, string expected) => Check(ToolCallFormat.Mistral, sentence, text, expected);

    [Theory]
    [MemberData(nameof(Phi))]
    public void Phis(string sentence, string text, string expected) => Check(ToolCallFormat.Phi, sentence, text, expected);

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_call_that_breaks_off(string sentence, string text, string streamed, string whole)
    {
        string all = ParsedCalls.Show(ToolCallFormat.Hermes, text);
        Assert.True(streamed == all, $"{sentence}: {all}");
        string characters = ParsedCalls.Show(ToolCallFormat.Hermes, text.Select(character => character.ToString()));
        Assert.True(streamed == characters, $"{sentence}, character by character: {characters}");
        string asWhole = ParsedCalls.Show(ParsedCalls.ParseWhole(ToolCallFormat.Hermes, text));
        Assert.True(whole == asWhole, $"{sentence}, as a whole: {asWhole}");
    }

    [Fact]
    public void A_call_is_told_with_its_name_and_its_arguments_as_they_come()
    {
        var parser = new ToolCallParser(ToolCallFormat.Hermes, ParsedCalls.Names);
        string[] pieces = ["Hm", ".\n<tool", "_call>\n{\"name\": \"f\"", ", \"arguments\": {", "\"a\": \"b", "c\"}", "}\n</tool_", "call>"];
        string[] expected = ["Hm", ".", "", "«f:»{", "\"a\": \"b", "c\"}", "", ""];
        Assert.Equal(expected, pieces.Select(piece => string.Concat(parser.Append(piece).Select(Describe))));
        Assert.Empty(parser.Complete());
        Assert.Equal(1, parser.Calls);

        static string Describe(ToolCallPart part) => part.Kind == ToolCallPartKind.Call ? $"«{part.Text}:»" : part.Text;
    }

    [Fact]
    public void An_object_among_ordinary_text_is_held_back_only_while_it_can_be_a_call()
    {
        var parser = new ToolCallParser(ToolCallFormat.Llama3, ParsedCalls.Names);
        Assert.Empty(parser.Append("{\"ci"));
        Assert.Equal("{\"city\"", Assert.Single(parser.Append("ty\"")).Text);
    }

    [Fact]
    public void A_format_without_calls_has_no_parser() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ToolCallParser(ToolCallFormat.None, ParsedCalls.Names));

    private static void Check(ToolCallFormat format, string sentence, string text, string expected)
    {
        string whole = ParsedCalls.Show(format, text);
        Assert.True(expected == whole, $"{sentence}: {whole}");
        string characters = ParsedCalls.Show(format, text.Select(character => character.ToString()));
        Assert.True(expected == characters, $"{sentence}, character by character: {characters}");
        string asWhole = ParsedCalls.Show(ParsedCalls.ParseWhole(format, text));
        Assert.True(expected == asWhole, $"{sentence}, as a whole: {asWhole}");
    }
}
