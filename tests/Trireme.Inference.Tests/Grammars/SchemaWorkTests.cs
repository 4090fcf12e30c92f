using System.Text.Json;
using Trireme.Inference.Generation;
using Trireme.Inference.Grammars;
using Trireme.Inference.Grammars.Json;

namespace Trireme.Inference.Tests.Grammars;

/// <summary>What a short schema costs: a number of steps that grows with its length, or a refusal after a fixed number of them.</summary>
public sealed class SchemaWorkTests
{
    private const int Many = 20_000;
    private const string Reference = """{"$ref":"#/$defs/a"}""";

    /// <summary>Schemas that take little, with the most steps they may take.</summary>
    public static TheoryData<string, string, long> Linear => new()
    {
        { "different items", $$$$"""{"type":"array","items":{"enum":[{{{{Numbers(Many)}}}}]},"uniqueItems":true}""", 3 * Many },
        { "two lists of values", $$$$"""{"allOf":[{"enum":[{{{{Numbers(3_000)}}}}]},{"enum":[{{{{Numbers(2_999)}}}}]}]}""", 40_000 },
        { "alternatives of values", $$$$"""{"oneOf":[{"enum":[{{{{Numbers(8_000)}}}}]},{"enum":[{{{{Texts(8_000)}}}}]}]}""", 20 * 8_000 },
        { "required", $$$$"""{"type":"object","properties":{{{{{Members(5_000)}}}}},"required":[{{{{Texts(5_000)}}}}]}""", 60_000 },
    };

    /// <summary>Schemas that would take more than can be spent, and the keyword that is named.</summary>
    public static TheoryData<string, string> Costly => new()
    {
        { "anyOf at #", $$$$"""{"allOf":[{"anyOf":[{{{{Schemas(4_000)}}}}]},{"anyOf":[{{{{Schemas(4_000)}}}}]}]}""" },
        { "additionalProperties at #", $$$$"""
            {"allOf":[{"properties":{{{{{Members(5_000)}}}}}},{"additionalProperties":{"enum":[{{{{Numbers(5_000)}}}}]},"required":["z"]}]}
            """ },
        { "patternProperties at #", $$$$"""
            {"type":"object","properties":{{{{{Members(5_000)}}}}},"patternProperties":{"^t":{"enum":[{{{{Numbers(5_000)}}}}]}}}
            """ },
        { "(allOf|enum) at #", $$$$"""{"$defs":{"a":{"enum":[{{{{Numbers(9_000)}}}}]}},"allOf":[{{{{Repeated(Reference, 3_000)}}}}]}""" },
    };

    [Theory]
    [MemberData(nameof(Linear))]
    public void Lists_cost_no_more_than_their_length(string sentence, string schema, long most)
    {
        Assert.NotEmpty(sentence);
        (long steps, _) = Compile(schema);
        Assert.InRange(steps, 1, most);
    }

    [Theory]
    [MemberData(nameof(Costly))]
    public void What_multiplies_is_refused_with_the_keyword_before_it_is_done(string keyword, string schema)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        (long steps, string? refusal) = Compile(schema);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Matches($"The schema is too complex: with {keyword}", refusal);
        // The last part is counted before it is copied.
        Assert.InRange(steps, SchemaWork.StepsMax, SchemaWork.StepsMax + 100_000);
        Assert.InRange(allocated, 0, 1L << 30);
    }

    /// <summary>Patterns whose automata would take seconds: what makes them so, the constraint, and the words of the refusal.</summary>
    public static TheoryData<string, OutputConstraint, string> CostlyPatterns => new()
    {
        { "states of many nodes", OfNames("^(a?){4000}$"), "too complex|automaton states" },
        { "many letters before many nodes", OfNames($"^[{Letters(2_000)}](a?){{2000}}$"), "too complex|automaton states" },
        { "many letters to choose from", OfNames($"^({string.Join('|', Letters(4_000).AsEnumerable())})$"), "automaton states" },
        { "classes of many ranges", OfNames(string.Concat(Enumerable.Repeat(@"[\p{L}0]", 2_000))), "automaton states" },
        { "alternatives with lookaheads", OutputConstraint.Regex(Lookaheads(200)), "lookaheads that take too much work together" },
        {
            "expressions with lookaheads",
            OutputConstraint.Grammar("start: " + string.Join('|', Enumerable.Range(0, 200).Select(static i => $"/{Lookahead(i)}/"))),
            "lookaheads that take too much work together"
        },
    };

    [Theory]
    [MemberData(nameof(CostlyPatterns))]
    public void Automata_of_patterns_are_refused_before_they_cost_much(string sentence, OutputConstraint constraint, string refusal)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var refused = Assert.Throws<GrammarException>(
            () => ConstraintCompiler.Translate(constraint, TestContext.Current.CancellationToken));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Matches(refusal, refused.Message);
        Assert.True(allocated < 2L << 30, $"{sentence}: {allocated >> 20} MiB");
    }

    [Fact]
    public void Work_ends_with_the_request()
    {
        using var ended = new CancellationTokenSource();
        ended.Cancel();
        OutputConstraint constraint = OutputConstraint.JsonSchema("""{"type":"string"}""");
        Assert.Throws<OperationCanceledException>(() => ConstraintCompiler.Translate(constraint, ended.Token));
    }

    [Theory]
    [InlineData("1", "1.0", true)]
    [InlineData("1", "10e-1", true)]
    [InlineData("-0.0", "0", true)]
    [InlineData("120", "1.2E2", true)]
    [InlineData("1", "-1", false)]
    [InlineData("1", "\"1\"", false)]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("1e99999999999999999999", "1e99999999999999999998", false)]
    [InlineData("""{"a":1,"b":[2]}""", """{"b":[2.0],"a":1}""", true)]
    [InlineData("""{"a":1}""", """{"a":null}""", false)]
    [InlineData("[1,2]", "[2,1]", false)]
    [InlineData("[12]", "[1,2]", false)]
    public void Values_in_other_words_are_the_same_value(string one, string other, bool areSame)
    {
        string schema = $$$"""{"anyOf":[{"const":"z"},{"allOf":[{"enum":[{{{one}}}]},{"enum":[{{{other}}}]}]}]}""";
        Assert.Equal(areSame, TestGrammars.Schema(schema).Accepts(one));
    }

    private static (long Steps, string? Refusal) Compile(string schema)
    {
        var work = new SchemaWork(TestContext.Current.CancellationToken);
        try
        {
            SchemaCompiler.AddTo(new JsonRules(new GrammarBuilder()), schema, work);
            return (work.Steps, null);
        }
        catch (GrammarException exception)
        {
            return (work.Steps, exception.Message);
        }
    }

    private static OutputConstraint OfNames(string pattern) => OutputConstraint.JsonSchema(
        $$$$"""{"type":"object","patternProperties":{{{{{JsonSerializer.Serialize(pattern)}}}}:{"type":"null"}}}""");

    /// <summary>Letters that do not touch one another, so that each is a class of its own.</summary>
    private static string Letters(int count) => string.Concat(Enumerable.Range(0, count).Select(static i => (char)(0x4E00 + (2 * i))));

    private static string Lookaheads(int count) => string.Join('|', Enumerable.Range(0, count).Select(Lookahead));

    private static string Lookahead(int i) => $"{i}(?=(a|b)*a(a|b){{12}}$)(a|b)*";

    private static string Numbers(int count) => string.Join(',', Enumerable.Range(0, count));

    private static string Texts(int count) => string.Join(',', Enumerable.Range(0, count).Select(static i => $"\"t{i}\""));

    private static string Members(int count) => string.Join(',', Enumerable.Range(0, count).Select(static i => $"\"t{i}\":{{}}"));

    private static string Schemas(int count) => string.Join(',', Enumerable.Range(0, count).Select(static i => $$"""{"maximum":{{i}}}"""));

    private static string Repeated(string text, int count) => string.Join(',', Enumerable.Repeat(text, count));
}
