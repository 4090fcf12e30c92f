using Trireme.Inference.Generation;
using Trireme.Inference.Grammars.Matching;
using Trireme.Inference.Templates;
using Trireme.Inference.Tests.Grammars;
using Trireme.Inference.Tests.Tokenizers;
using Trireme.Inference.ToolCalls;

namespace Trireme.Inference.Tests.ToolCalls;

public sealed class ToolCallDialectTests
{
    private const string Shows = "{{ tools }}";

    private static readonly string[] Marks =
        ["<tool_call>", "</tool_call>", "<|python_tag|>", "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "<|tool_call|>", "<|/tool_call|>"];

    private static readonly ToolFunction[] Functions =
    [
        new("f", """{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"]}""", "tools[0]"),
        new("get_weather", """{"type":"object","properties":{"unit":{"enum":["C","F"]}},"additionalProperties":false}""", "tools[1]"),
    ];

    public static TheoryData<ToolCallFormat, string, bool> Dialects => new()
    {
        { ToolCallFormat.Hermes, "", false },
        { ToolCallFormat.Hermes, "", true },
        { ToolCallFormat.Llama3, "", false },
        { ToolCallFormat.Llama3, "", true },
        { ToolCallFormat.Mistral, "[TOOL_CALLS] [", false },
        { ToolCallFormat.Mistral, "[TOOL_CALLS][", true },
        { ToolCallFormat.Mistral, "[TOOL_CALLS]x[ARGS]", false },
        { ToolCallFormat.Mistral, "[TOOL_CALLS]x[ARGS]", true },
        { ToolCallFormat.Phi, "<|tool_call|>", false },
        { ToolCallFormat.Phi, "<|tool_call|>", true },
        { ToolCallFormat.Phi, "functools", true },
    };

    [Theory]
    [InlineData(Shows + "<tool_call>", ToolCallFormat.Hermes)]
    [InlineData(Shows + "<tool_call>\n<function=name>", ToolCallFormat.None)]
    [InlineData(Shows + "<|start_header_id|> \"parameters\"", ToolCallFormat.Llama3)]
    [InlineData(Shows + "<|python_tag|>", ToolCallFormat.Llama3)]
    [InlineData(Shows + "[TOOL_CALLS]", ToolCallFormat.Mistral)]
    [InlineData(Shows + "<|tool_call|>", ToolCallFormat.Phi)]
    [InlineData(Shows + "functools", ToolCallFormat.Phi)]
    [InlineData(Shows + "<start_of_turn>model", ToolCallFormat.None)]
    [InlineData("<tool_call> {# tools #}", ToolCallFormat.None)]
    [InlineData("<|tool|>{{ messages[0]['tools'] }}", ToolCallFormat.Phi)]
    public void The_template_tells_the_format(string template, ToolCallFormat expected) =>
        Assert.Equal(expected, ToolCallDialect.Detect(ChatTemplate.Parse(template)));

    [Theory]
    [MemberData(nameof(Dialects))]
    public void A_model_without_sense_that_must_call_writes_calls_with_valid_arguments(
        ToolCallFormat format, string template, bool isSpecial)
    {
        ToolCallDialect dialect = Create(format, template, isSpecial);
        var random = new Random(17);
        int severalTimes = 0;
        foreach (bool takesSeveral in new[] { false, true })
        {
            ForcedCalls forced = dialect.Force(Functions, takesSeveral);
            CompiledGrammar grammar = TestGrammars.Compile(forced.Constraint);
            for (int i = 0; i < 40; i++)
            {
                (string text, _) = TestGrammars.Write(grammar, random, grammar.ShortestTokens + random.Next(150));
                List<ToolCallPart> parts = ParsedCalls.Parse(format, forced.Prompt, text);
                Assert.All(parts, part => Assert.True(part.Kind != ToolCallPartKind.Content, $"{forced.Prompt}{text}"));
                ToolCallPart[] calls = [.. parts.Where(part => part.Kind == ToolCallPartKind.Call)];
                Assert.InRange(calls.Length, 1, takesSeveral ? ToolCallDialect.ForcedCallsMax : 1);
                if (calls.Length > 1) severalTimes++;
                foreach (ToolCallPart call in calls)
                {
                    string arguments = parts.Single(part => part.Kind == ToolCallPartKind.Arguments && part.Index == call.Index).Text;
                    string schema = Functions.Single(function => function.Name == call.Text).ParametersSchema;
                    Assert.Null(SchemaValidator.FindViolation(schema, arguments));
                }
            }
        }

        bool canRepeat = format is ToolCallFormat.Phi
            || (format == ToolCallFormat.Hermes && !isSpecial)
            || (format == ToolCallFormat.Mistral && !template.Contains("[ARGS]", StringComparison.Ordinal));
        Assert.True(severalTimes > 0 == canRepeat, $"{severalTimes} answers held several calls.");
    }

    [Fact]
    public void Special_marks_go_into_the_prompt_and_reach_the_parser()
    {
        ToolCallDialect plain = Create(ToolCallFormat.Mistral, "[ARGS]", isSpecial: false);
        ToolCallDialect special = Create(ToolCallFormat.Mistral, "[ARGS]", isSpecial: true);

        Assert.Empty(plain.SpecialTokens);
        Assert.Equal("", plain.Force(Functions[..1], takesSeveral: false).Prompt);
        Assert.Equal([259, 260, 261], special.SpecialTokens);
        Assert.Equal("[TOOL_CALLS]f[ARGS]", special.Force(Functions[..1], takesSeveral: false).Prompt);
        Assert.Equal("[TOOL_CALLS]", special.Force(Functions, takesSeveral: false).Prompt);
    }

    [Fact]
    public void Ids_are_those_that_the_families_templates_accept()
    {
        Assert.Matches("^[a-zA-Z0-9]{9}$", Create(ToolCallFormat.Mistral, "", isSpecial: false).CreateId());
        Assert.Matches("^call_[a-zA-Z0-9]{24}$", Create(ToolCallFormat.Hermes, "", isSpecial: false).CreateId());
    }

    [Fact]
    public void A_schema_that_cannot_be_kept_is_refused_with_its_field()
    {
        var function = new ToolFunction("f", """{"type":"object","not":{}}""", "tools[0].function.parameters");
        OutputConstraint constraint = Create(ToolCallFormat.Hermes, "", isSpecial: false).Force([function], takesSeveral: true).Constraint;
        Assert.StartsWith("tools[0].function.parameters: The keyword 'not' at", TestGrammars.Refusal(constraint), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ToolCallFormat.Hermes, "", "<tool_call>", "", "", "</tool_call>")]
    [InlineData(ToolCallFormat.Phi, "<|tool_call|>", "<|tool_call|>", "[", "]", "<|/tool_call|>")]
    [InlineData(ToolCallFormat.Phi, "functools", "functools[", "", "]", "")]
    public void A_free_answer_is_any_text_whose_calls_of_strict_functions_keep_their_schemas(
        ToolCallFormat format, string template, string trigger, string open, string close, string closer)
    {
        ToolFunction[] functions = [Functions[0] with { IsStrict = true }, Functions[1]];
        CompiledGrammar grammar = TestGrammars.Compile(Create(format, template, isSpecial: false).Guard(functions)!);
        string space = format == ToolCallFormat.Hermes ? "\n" : "";

        Assert.True(grammar.Accepts(""));
        Assert.True(grammar.Accepts("Any text, é, \n <tool functools " + trigger[..^1]));
        Assert.True(grammar.Accepts("a" + trigger[..3] + Call("f", """{"a": 1}""") + " b " + Call("f", """{"a":-2,"b":"x"}""") + "c"));
        Assert.True(grammar.Accepts(Call("get_weather", """{"anything":[true]}""")));
        Assert.False(grammar.Accepts(trigger));
        Assert.False(grammar.Accepts(Call("f", "{}")));
        Assert.False(grammar.Accepts(Call("f", """{"a":"1"}""")));
        Assert.False(grammar.Accepts(Call("g", """{"a":1}""")));

        string Call(string name, string arguments) =>
            $$"""{{trigger}}{{open}}{{space}}{"name": "{{name}}", "arguments": {{arguments}}}{{space}}{{close}}{{closer}}""";
    }

    [Theory]
    [InlineData(ToolCallFormat.Hermes, true)]
    [InlineData(ToolCallFormat.Llama3, false)]
    [InlineData(ToolCallFormat.Mistral, false)]
    public void Without_a_mark_of_ordinary_tokens_a_free_answer_is_not_guarded(ToolCallFormat format, bool isSpecial) =>
        Assert.Null(Create(format, "", isSpecial).Guard([Functions[0] with { IsStrict = true }]));

    [Fact]
    public void Without_a_strict_function_a_free_answer_is_not_guarded() =>
        Assert.Null(Create(ToolCallFormat.Hermes, "", isSpecial: false).Guard(Functions));

    [Fact]
    public void References_point_into_their_own_functions_schema()
    {
        ToolFunction[] functions = [.. new[] { "true", "12" }.Select(value => new ToolFunction(
            "f" + value,
            $$$"""{"type":"object","properties":{"x":{"$ref":"#/$defs/x"}},"required":["x"],"$defs":{"x":{"const":{{{value}}} } } }""",
            "tools"))];
        OutputConstraint constraint = Create(ToolCallFormat.Llama3, "", isSpecial: false).Force(functions, takesSeveral: false).Constraint;
        CompiledGrammar grammar = TestGrammars.Compile(constraint);

        Assert.True(grammar.Accepts("""{"name": "ftrue", "parameters": {"x": true}}"""));
        Assert.True(grammar.Accepts("""{"name": "f12", "parameters": {"x":12}}"""));
        Assert.False(grammar.Accepts("""{"name": "f12", "parameters": {"x":true}}"""));
    }

    private static ToolCallDialect Create(ToolCallFormat format, string template, bool isSpecial) =>
        new(format, ChatTemplate.Parse(Shows + template), TestTokenizers.Create([], isSpecial ? Marks : ["<end>"]));
}
