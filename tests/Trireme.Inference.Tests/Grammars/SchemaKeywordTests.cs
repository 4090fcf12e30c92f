using Trireme.Inference.Generation;
using Trireme.Inference.Grammars.Matching;

namespace Trireme.Inference.Tests.Grammars;

/// <summary>What keywords accept and refuse, one by one.</summary>
public sealed class SchemaKeywordTests
{
    private const string Decimals = """{"anyOf":[{"type":"number"},{"type":"string","pattern":"^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$"}]}""";

    private const string ByNames = """
        {"oneOf":[{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"],"additionalProperties":false},
                  {"type":"object","properties":{"y":{"type":"string"}},"required":["y"],"additionalProperties":false}]}
        """;

    /// <summary>What it is about, the schema, documents that it accepts and others, separated by spaces.</summary>
    public static TheoryData<string, string, string, string> Documents => new()
    {
        { "whole multiples within limits", """{"type":"integer","multipleOf":5,"minimum":0,"maximum":20}""", "0 5 20", "-5 3 25 5.0" },
        { "whole multiples", """{"type":"integer","multipleOf":7}""", "0 7 -7 700 7777777", "1 8 -6 71 -0 07" },
        {
            "many whole multiples within limits", """{"type":"integer","multipleOf":12,"minimum":100,"maximum":1000000}""",
            "108 120 999996",
            "96 100 1000008" },
        {
            "multiples with zeros at the end", """{"type":"integer","multipleOf":3000}""", "0 3000 -27000 12000000", "300 1000 3001 4000" },
        { "multiples of a power of ten", """{"type":"number","multipleOf":1000000}""", "0 1000000 -5000000", "100000 1.5" },
        { "cents", """{"type":"number","multipleOf":0.01,"minimum":0}""", "0 0.5 0.25 12.99", "0.001 12.345 -1" },
        { "quarters", """{"type":"number","multipleOf":0.25}""", "0 0.25 -1.5 3 2.50", "0.1 0.3 1.26" },
        {
            "quarters within limits", """{"type":"number","multipleOf":0.25,"minimum":0,"exclusiveMaximum":1}""", "0 0.25 0.5 0.75",
            "1 0.1 0.250" },
        { "whole multiples of a half", """{"type":"integer","multipleOf":0.5}""", "0 1 -3", "0.5 1.0" },
        { "whole multiples of one and a half", """{"type":"integer","multipleOf":1.5}""", "0 3 -6 9", "1 2 4" },
        { "both of two", """{"type":"integer","allOf":[{"multipleOf":4},{"multipleOf":6}]}""", "0 12 -24", "4 6 8" },
        { "decimals as pydantic writes them", Decimals, """ 1.5 "1.5" "+3" ".5" "-007" "5." """, """ "" "-" "." "+." "1e5" "a" """ },
        {
            "a text that must hold both", """{"type":"string","pattern":"^(?=.*\\d)(?=.*[a-z]).{2,3}$"}""", """ "a1" "1a-" """,
            """ "11" "ab" "a" """ },
        {
            "a text that must not begin so", """{"type":"string","pattern":"^(?!no)[a-z]+$"}""", """ "yes" "n" """, """ "no" "none" """ },
        { "a lookahead in the middle", """{"type":"string","pattern":"^a(?!b)[a-c]$"}""", """ "aa" "ac" """, """ "ab" "a" """ },
        { "a lookahead anywhere", """{"type":"string","pattern":"x(?=y)"}""", """ "xy" "axyb" """, """ "x" "yx" """ },
        {
            "pattern and format", """{"type":"string","pattern":"^2","format":"date"}""", """ "2024-01-31" """, """ "1999-01-31" "2x" """ },
        {
            "an unknown format says nothing", """{"type":"string","format":"byte","maxLength":4}""", """ "abcd" "" """, """ "abcde" 1 """ },
        { "an unknown format names no type", """{"format":"int32","type":"integer"}""", "1", "1.5" },
        { "categories", """{"type":"string","pattern":"^\\p{Lu}\\p{L}*\\P{N}$"}""", """ "Äb!" "Ωx" """, """ "äb!" "A1" """ },
        { "objects by the names they require", ByNames, """ {"x":1} {"y":"a"} """, """ {} {"x":1,"y":"a"} {"x":"a"} """ },
        {
            "objects by a value",
            """
            {"oneOf":[{"type":"object","properties":{"n":{"type":"integer","maximum":5}},"required":["n"]},
                      {"type":"object","properties":{"n":{"type":"integer","minimum":6}},"required":["n"]}]}
            """,
            """ {"n":5} {"n":6} """, """ {} {"n":"a"} """ },
        {
            "texts by patterns",
            """{"oneOf":[{"type":"string","pattern":"^a"},{"type":"string","pattern":"^b"}]}""", """ "ax" "b" """, """ "c" "" """ },
        {
            "different items", """{"type":"array","items":{"enum":["a","b","c"]},"uniqueItems":true}""", """ [] ["b"] ["c","a","b"] """,
            """ ["a","a"] ["a","b","a"] ["d"] """ },
        {
            "different items, some of them", """{"type":"array","items":{"type":"boolean"},"uniqueItems":true,"minItems":1,"maxItems":2}""",
            """ [true] [false,true] """, """ [] [true,true] """ },
        {
            "one item is always different", """{"type":"array","items":{"type":"string"},"uniqueItems":true,"maxItems":1}""",
            """ [] ["a"] """,
            """ ["a","b"] """ },
        { "at least one property", """{"type":"object","minProperties":1}""", """ {"a":1} {"a":1,"b":[]} """, "{}" },
        {
            "so many of the declared",
            """
            {"type":"object","properties":{"a":{"const":1},"b":{"const":2},"c":{"const":3}},"minProperties":2,"maxProperties":2}
            """,
            """ {"a":1,"b":2} {"b":2,"c":3} """, """ {} {"a":1} {"a":1,"b":2,"c":3} """ },
        {
            "at most one property", """{"type":"object","additionalProperties":{"type":"integer"},"maxProperties":1}""", """ {} {"z":1} """,
            """ {"a":1,"b":2} {"a":"b"} """ },
        { "none at all", """{"type":"object","maxProperties":0}""", "{}", """ {"a":1} """ },
        {
            "names by pattern",
            """{"type":"object","patternProperties":{"^s_":{"type":"string"},"^i_":{"type":"integer"}},"additionalProperties":false}""",
            """ {} {"s_a":"x"} {"i_":1,"s_":""} """, """ {"s_a":1} {"x":1} {"i_a":"x"} """ },
        {
            "a declared name that a pattern matches",
            """{"type":"object","properties":{"ab":{"minimum":3}},"patternProperties":{"^a":{"type":"integer","maximum":9}}}""",
            """ {"ab":5} {"ax":-1} """, """ {"ab":2} {"ab":10} {"ax":10} """ },
        {
            "names of an enum", """{"type":"object","propertyNames":{"enum":["a","b"]},"additionalProperties":{"type":"integer"}}""",
            """ {} {"b":1} {"a":1,"b":2} """, """ {"c":1} """ },
        { "short names", """{"type":"object","propertyNames":{"maxLength":2}}""", """ {"ab":1} """, """ {"abc":1} """ },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public void Documents_of(string sentence, string schema, string accepted, string refused)
    {
        CompiledGrammar grammar = TestGrammars.Schema(schema);
        foreach (string text in accepted.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.True(grammar.Accepts(text), $"{sentence}: {text} is refused.");
            Assert.Null(SchemaValidator.FindViolation(schema, text));
        }

        foreach (string text in refused.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.False(grammar.Accepts(text), $"{sentence}: {text} is accepted.");
        }
    }

    [Theory]
    [InlineData("""{"type":"array","items":{"type":"string"},"uniqueItems":true}""", "'uniqueItems' at #")]
    [InlineData("""{"type":"object","minProperties":2}""", "minProperties at # asks for 2 properties")]
    [InlineData("""{"type":"object","minProperties":99999999999}""", "minProperties at # must be at most 10000, but is 99999999999.")]
    [InlineData("""{"type":"array","minItems":1e30}""", "minItems at # must be at most 10000, but is 1e30.")]
    [InlineData("""{"type":"string","minLength":2.5}""", "minLength at # must be a whole number from 0.")]
    [InlineData(
        """{"type":"number","minimum":0.99999999999999999999999999999999}""",
        "minimum at # must be a number of at most 28 digits, but is 0.99999999999999999999999999999999.")]
    [InlineData("""{"type":[]}""", "type at # must be one or more of: object, array")]
    [InlineData("""{"type":"number","minimum":1e20}""", "minimum at # must be between -1e18 and 1e18, but is 1e20.")]
    [InlineData(
        """{"type":"object","properties":{"a":{}},"minProperties":2}""", "minProperties at # asks for 2 properties: 1 are declared")]
    [InlineData("""{"type":"string","pattern":"(a(?=b)b)+"}""", "The pattern at # holds a lookahead inside a group")]
    [InlineData("""{"type":"string","pattern":"(?<=a)b"}""", "The pattern at # holds a lookbehind")]
    [InlineData("""{"type":"string","pattern":"\\p{Greek}"}""", "The pattern at # holds \\p{Greek}")]
    [InlineData("""{"type":"integer","multipleOf":0}""", "multipleOf at # must be a number from 1e-28 to below 1e18")]
    [InlineData("""{"type":"number","multipleOf":1e-300}""", "multipleOf at # must be a number from 1e-28 to below 1e18")]
    [InlineData("""{"type":"number","multipleOf":6e-29}""", "multipleOf at # must be a number from 1e-28 to below 1e18")]
    [InlineData("""{"type":"number","multipleOf":1e18}""", "multipleOf at # must be a number from 1e-28 to below 1e18")]
    [InlineData("""{"type":"integer","multipleOf":999983}""", "multipleOf at # has too many digits")]
    [InlineData("""{"type":"object","propertyNames":{"not":{}}}""", "The keyword 'not' at #/propertyNames")]
    [InlineData(
        """{"oneOf":[{"type":"object","properties":{"a":{}}},{"type":"object","properties":{"b":{}}}]}""",
        "oneOf at # is supported only where")]
    [InlineData(
        """{"type":"object","properties":{"a":{},"b":{}},"oneOf":[{"required":["a"]},{"required":["b"]}]}""",
        "oneOf at # is supported only where")]
    [InlineData("""{"type":"object","properties":{"p":{"if":{}}}}""", "The keyword 'if' at #/properties/p")]
    public void What_cannot_be_kept_is_refused_by_name_and_place(string schema, string expected) =>
        Assert.Contains(expected, TestGrammars.Refusal(OutputConstraint.JsonSchema(schema)), StringComparison.Ordinal);

    [Fact]
    public void A_large_prime_is_kept_where_limits_leave_few_multiples()
    {
        CompiledGrammar grammar = TestGrammars.Schema("""{"type":"integer","multipleOf":999983,"minimum":1,"maximum":5000000}""");
        Assert.True(grammar.Accepts("1999966"));
        Assert.False(grammar.Accepts("0"));
    }

    [Fact]
    public void Styles_space_documents_as_they_say()
    {
        const string Schema =
            """{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}},"b":{}},"required":["a"]}""";
        CompiledGrammar tight = Compile(Schema, new JsonStyle { DisableAnyWhitespace = true });
        Assert.True(tight.Accepts("""{"a":[1,2]}"""));
        Assert.False(tight.Accepts("""{"a": [1,2]}"""));
        Assert.False(tight.Accepts("""{"a":[1, 2]}"""));

        CompiledGrammar wide = Compile(Schema, new JsonStyle { WhitespacePattern = "[ \\n]{0,4}" });
        Assert.True(wide.Accepts("{\n  \"a\" : [ 1 , 2\n]\n}"));
        Assert.True(wide.Accepts("""{"a":[]}"""));
        Assert.False(wide.Accepts("{\t\"a\":[]}"));
        Assert.False(wide.Accepts("{     \"a\":[]}"));

        OutputConstraint wrong = OutputConstraint.JsonSchema(Schema).With(new JsonStyle { WhitespacePattern = "[ x]*" });
        Assert.Contains("whitespace pattern", TestGrammars.Refusal(wrong), StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_without_additional_properties_hold_what_is_declared()
    {
        var style = new JsonStyle { DisableAdditionalProperties = true };
        CompiledGrammar grammar = Compile("""{"type":"object","properties":{"a":{"type":"object"}},"required":["a"]}""", style);
        Assert.True(grammar.Accepts("""{"a":{}}"""));
        Assert.False(grammar.Accepts("""{"a":{"b":1}}"""));
        Assert.True(Compile("""{"type":"object","additionalProperties":{"type":"null"}}""", style).Accepts("""{"b":null}"""));
    }

    private static CompiledGrammar Compile(string schema, JsonStyle style) =>
        TestGrammars.Compile(OutputConstraint.JsonSchema(schema).With(style));
}
