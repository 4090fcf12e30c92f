using Trireme.Inference.ToolCalls;

namespace Trireme.Inference.Tests.ToolCalls;

/// <summary>Calls as models write them when they leave the path of their family.</summary>
public sealed class ModelHabitTests
{
    /// <summary>What stands for the arguments of f, and what they are.</summary>
    public static TheoryData<string, string, string> Arguments => new()
    {
        { "null", "null", "{}" },
        { "Python's null", "None", "{}" },
        { "an empty text", "\"\"", "{}" },
        { "a text of space", "\" \"", "{}" },
        { "an empty list", "[]", "{}" },
        { "an empty list with space", "[ ]", "{}" },
        { "an object in a text", """ "{\"x\": 1}" """, """{"x": 1}""" },
        { "an empty object in a text", "\"{}\"", "{}" },
        { "null in a text", "\"null\"", "{}" },
        { "an object in a text with escapes in escapes", """ "{\"x\": \"a\\n\\u00e9\\\"\"}" """, """{"x": "a\n\u00e9\""}""" },
        { "an object in a text over lines", "\"{\n  \\\"x\\\": 1\n}\"", "{\n  \"x\": 1\n}" },
        { "a raw line feed", "{\"c\": \"a\nb\"}", """{"c": "a\nb"}""" },
        { "a raw tab", "{\"c\": \"a\tb\"}", """{"c": "a\tb"}""" },
        { "a raw return and bell", "{\"c\": \"a\r\u0007\"}", """{"c": "a\r\u0007"}""" },
        { "a line feed behind a backslash", "{\"c\": \"a \\\n b\"}", """{"c": "a \\\n b"}""" },
        { "an escaped apostrophe", """{"c": "it\'s"}""", """{"c": "it's"}""" },
        { "an expression", """{"re": "\d+\.\w"}""", """{"re": "\\d+\\.\\w"}""" },
        { "a hexadecimal escape", """{"c": "\x41"}""", """{"c": "\\x41"}""" },
        { "half an escape", """{"c": "\u12"}""", """{"c": "\\u12"}""" },
        { "half a surrogate pair", """{"c": "\ud83d!"}""", """{"c": "\ufffd!"}""" },
        { "the other half", """{"c": "\ude00"}""", """{"c": "\ufffd"}""" },
        { "two first halves and a second", """{"c": "\ud83d\ud83d\ude00"}""", """{"c": "\ufffd\ud83d\ude00"}""" },
        { "half a pair and another escape", """{"c": "\ud83d\n"}""", """{"c": "\ufffd\n"}""" },
        { "Python's words", """{"x": True, "y": None, "z": [False]}""", """{"x": true, "y": null, "z": [false]}""" },
        { "no number", """{"x": NaN, "y": [-Infinity, Infinity]}""", """{"x": null, "y": [null, null]}""" },
        { "a comma at the end", """{"x": 1,}""", """{"x": 1}""" },
        { "commas at the end of lists", """{"x": [1, [2,], ], }""", """{"x": [1, [2] ] }""" },
        { "a quoted comma at the end", """{"x": "a,}"}""", """{"x": "a,}"}""" },
        { "quotes of the other kind", """{'x': 'say "hi"', 'y': "it's"}""", """{"x": "say \"hi\"", "y": "it's"}""" },
        { "keys without quotes", """{x: 1, _y : 2}""", """{"x": 1, "_y" : 2}""" },
        {
            "numbers with half of what they need", """{"x": .5, "y": -.5, "z": 5., "p": +1}""",
            """{"x": 0.5, "y": -0.5, "z": 5.0, "p": 1}"""
        },
        { "a number that no type keeps", """{"x": 18446744073709551616, "y": 1e16}""", """{"x": 18446744073709551616, "y": 1e16}""" },
        { "a mark in a text", """{"x": "a</tool_call>[TOOL_CALLS]<think>b"}""", """{"x": "a</tool_call>[TOOL_CALLS]<think>b"}""" },
    };

    public static TheoryData<ToolCallFormat, string, string, string> Notations => new()
    {
        { ToolCallFormat.Hermes, "no arguments", "<tool_call>\n{\"name\": \"f\"}\n</tool_call>", "«f:{}»" },
        {
            ToolCallFormat.Hermes, "braces twice", "<tool_call>\n{{\"name\": \"f\", \"arguments\": {\"x\": 1}}}\n</tool_call>",
            """«f:{"x": 1}»"""
        },
        {
            ToolCallFormat.Hermes, "two calls between one pair of tags",
            "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": 1}}\n{\"name\": \"f\", \"arguments\": {\"x\": 2}}\n</tool_call>",
            """«f:{"x": 1}»«f:{"x": 2}»"""
        },
        {
            ToolCallFormat.Hermes, "a list between the tags",
            "<tool_call>\n[{\"name\": \"f\", \"arguments\": {\"x\": 1}}, {\"name\":\"now\",\"arguments\":{}},]\n</tool_call>!",
            """«f:{"x": 1}»«now:{}»!"""
        },
        {
            ToolCallFormat.Hermes, "a brace missing in the arguments",
            "<tool_call>{\"name\": \"f\", \"arguments\": {\"x\": [1</tool_call>.", """«f:{"x": [1]}»."""
        },
        {
            ToolCallFormat.Hermes, "two braces missing after a word",
            "<tool_call>{\"name\": \"f\", \"arguments\": {\"x\": true\n</tool_call>", "«f:{\"x\": true\n}»"
        },
        { ToolCallFormat.Hermes, "single quotes", "<tool_call>\n{'name': 'f', 'arguments': {'x': 1}}\n</tool_call>", """«f:{"x": 1}»""" },
        {
            ToolCallFormat.Hermes, "function for name", """<tool_call>{"function": "f", "arguments": {"x": 1}}</tool_call>""",
            """«f:{"x": 1}»"""
        },
        {
            ToolCallFormat.Hermes, "OpenAI's shape",
            """<tool_call>{"type": "function", "function": {"name": "f", "arguments": "{\"x\": 1}"}}</tool_call>""", """«f:{"x": 1}»"""
        },
        { ToolCallFormat.Hermes, "the name last", """<tool_call>{"arguments": null, "name": "f"}</tool_call>""", "«f:{}»" },
        {
            ToolCallFormat.Hermes, "a text and the name last", """<tool_call>{"arguments": "{\"x\":1,}", "name": "f"}</tool_call>""",
            """«f:{"x":1}»"""
        },
        {
            ToolCallFormat.Hermes, "a call in thinking is none",
            """<think>maybe <tool_call>{"name":"f","arguments":{}}</tool_call> no</think>Hello <tool_call>{"name":"f"}</tool_call>""",
            """<think>maybe <tool_call>{"name":"f","arguments":{}}</tool_call> no</think>Hello«f:{}»"""
        },
        {
            ToolCallFormat.Mistral, "a mark in thinking", "<think>[TOOL_CALLS]f[ARGS]{}</think> ok",
            "<think>[TOOL_CALLS]f[ARGS]{}</think> ok"
        },
        {
            ToolCallFormat.Llama3, "calls on lines", "{\"name\":\"f\",\"parameters\":{\"x\":1}}\n{\"name\":\"f\",\"parameters\":{}}",
            """«f:{"x":1}»«f:{}»"""
        },
        { ToolCallFormat.Llama3, "calls with a comma between", "{\"name\":\"f\",\"parameters\":{}}, {\"name\":\"f\"}", "«f:{}»«f:{}»" },
        { ToolCallFormat.Llama3, "a list", """[{"name": "f", "parameters": {"x": 1}}, {"name": "f"}]""", """«f:{"x": 1}»«f:{}»""" },
        { ToolCallFormat.Llama3, "a list that is an answer", """[{"name": "Bob", "age": 3}]""", """[{"name": "Bob", "age": 3}]""" },
        { ToolCallFormat.Llama3, "no parameters", """{"name": "f"}""", "«f:{}»" },
        { ToolCallFormat.Llama3, "an answer about a function", """{"name": "f", "age": 3}""", """{"name": "f", "age": 3}""" },
        {
            ToolCallFormat.Llama3, "OpenAI's shape", """{"type": "function", "function": {"name": "f", "parameters": {"x": 1}}}""",
            """«f:{"x": 1}»"""
        },
        { ToolCallFormat.Llama3, "function for name", """{"function": "f", "parameters": {"x": 1}}""", """«f:{"x": 1}»""" },
        { ToolCallFormat.Llama3, "parameters first", """{"parameters": {"x": 1}, "name": "f"}""", """«f:{"x": 1}»""" },
        { ToolCallFormat.Phi, "one object", """<|tool_call|>{"name": "f"}<|/tool_call|>""", "«f:{}»" },
        {
            ToolCallFormat.Phi, "OpenAI's shape",
            """functools[{"type":"function","function":{"name": "f", "arguments": {}}}]""", "«f:{}»"
        },
    };

    [Theory]
    [MemberData(nameof(Arguments))]
    public void Arguments_of_every_notation(string sentence, string written, string expected)
    {
        Given(ToolCallFormat.Hermes, """<tool_call>{"name": "f", "arguments": """, "}</tool_call>");
        Given(ToolCallFormat.Hermes, """<tool_call>{"arguments": """, """, "name": "f"}</tool_call>""");
        Given(ToolCallFormat.Llama3, """{"name": "f", "parameters": """, "}");
        Given(ToolCallFormat.Mistral, """[TOOL_CALLS][{"name": "f", "arguments": """, "}]");
        Given(ToolCallFormat.Phi, """<|tool_call|>[{"name": "f", "arguments": """, "}]<|/tool_call|>");
        Given(ToolCallFormat.Phi, """functools[{"name": "f", "arguments": """, "}]");
        Check(ToolCallFormat.Mistral, sentence, "[TOOL_CALLS]f[ARGS]" + written.Trim(), $"«f:{expected}»");

        void Given(ToolCallFormat format, string before, string after) =>
            Check(format, sentence, before + written + after, $"«f:{expected}»");
    }

    [Theory]
    [MemberData(nameof(Notations))]
    public void Calls_of(ToolCallFormat format, string sentence, string text, string expected) => Check(format, sentence, text, expected);

    private static void Check(ToolCallFormat format, string sentence, string text, string expected)
    {
        for (int size = 1; size <= 3; size++)
        {
            string[] pieces = [.. text.Chunk(size).Select(piece => new string(piece))];
            string streamed = ParsedCalls.Show(format, pieces);
            Assert.True(expected == streamed, $"{format}, {sentence}, streamed by {size}: {streamed}");
        }

        string whole = ParsedCalls.Show(ParsedCalls.ParseWhole(format, text));
        Assert.True(expected == whole, $"{format}, {sentence}, whole: {whole}");
    }
}
