using System.Text.Json;
using Trireme.Inference.Generation;
using Trireme.Inference.Grammars.Matching;

namespace Trireme.Inference.Tests.Grammars;

public sealed class SchemaCompilerTests
{
    /// <summary>Schema, documents it allows, documents it does not allow. Separated by spaces, so they hold none.</summary>
    public static TheoryData<string, string, string> Documents { get; } = new()
    {
        { """{"type":"boolean"}""", "true false", "null TRUE 1" },
        { """{"type":["string","null"]}""", "\"\" null", "1 {}" },
        { """{"type":"integer"}""", "0 -1 123456789012345", "01 1.0 -0 1e3 1234567890123456" },
        { """{"type":"integer","minimum":-7,"maximum":120}""", "-7 -1 0 9 10 99 100 120", "-8 121 1000 200" },
        { """{"type":"integer","exclusiveMinimum":9,"exclusiveMaximum":12.5}""", "10 11 12", "9 13 8" },
        { """{"type":"integer","minimum":999999999999999999}""", "999999999999999999 1000000000000000000", "999999999999999998 5" },
        { """{"type":"number"}""", "0 -0.5 1e9 1.25E-10", "01 .5 1. 1e999 +1" },
        { """{"type":"number","minimum":0,"maximum":1}""", "0 1 0.5 0.0 1.0 0.999", "-0.1 1.1 1.01 2 -1" },
        { """{"type":"number","exclusiveMinimum":0.25,"maximum":3.75}""", "0.26 0.2501 0.3 1 3.75 3.7 3.750 3.08", "0.25 0.2 3.751 4" },
        { """{"type":"number","minimum":-2.5,"exclusiveMaximum":-1}""", "-2.5 -1.5 -1.01 -2", "-1 -2.6 -2.51 0 1 -1.0" },
        { """{"type":"string","minLength":1,"maxLength":2}""", "\"a\" \"é中\" \"\\n\" \"\\ud83d\\ude00x\"", "\"\" \"abc\" \"\\ud83d\"" },
        { """{"type":"string","pattern":"^a\"+$"}""", "\"a\\\"\"", "\"a\" \"a\\\"b\"" },
        { """{"type":"string","pattern":"^(?:foo|bar)+$"}""", "\"foo\" \"foobar\"", "\"xfoo\" \"foox\" \"\"" },
        { """{"type":"string","pattern":"b"}""", "\"b\" \"abc\"", "\"a\"" },
        { """{"type":"string","pattern":"^[ab]+$","minLength":2,"maxLength":3}""", "\"ab\" \"bbb\"", "\"a\" \"abab\" \"ac\"" },
        { """{"type":"string","format":"date"}""", "\"2024-02-28\" \"1999-12-31\"", "\"2023-02-30\" \"2023-13-01\" \"20230101\"" },
        { """{"enum":["a",1,null,{"b":[2]}]}""", "\"a\" 1 null {\"b\":[2]}", "\"b\" 2 {}" },
        { """{"type":"string","enum":["a",1]}""", "\"a\"", "1" },
        { """{"const":"x"}""", "\"x\"", "\"y\"" },
        { """{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}""", "[1] [1,2] [1,2,3]", "[] [1,2,3,4] [1,] [\"a\"]" },
        { """{"type":"array","prefixItems":[{"type":"null"},{"const":1}],"items":false}""", "[] [null] [null,1]", "[1] [null,1,1]" },
        { """{"type":"array","items":[{"type":"null"}],"additionalItems":{"type":"integer"}}""", "[null,1,2]", "[1] [null,null]" },
        {
            """{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"null"},"c":{"type":"boolean"}},"required":["b"]}""",
            """{"a":1,"b":null} {"b":null} {"b":null,"c":true} {"a":1,"b":null,"c":false}""",
            """{} {"a":1} {"b":null,"a":1} {"b":null,} {,"b":null} {"b":null,"d":1}"""
        },
        {
            """{"type":"object","properties":{"ab":{"type":"null"}},"additionalProperties":{"type":"integer"}}""",
            """{} {"a":1} {"abc":1} {"":1} {"ab":null,"x":1,"é":2}""",
            """{"ab":1} {"x":null} {"\u0061b":1}"""
        },
        { """{"type":"object","required":["n"],"additionalProperties":true}""", """{"n":[1,{}]} {"n":1,"m":2}""", """{} {"m":2}""" },
        { """{"type":"object"}""", """{} {"any":[{"thing":1}]}""", "[]" },
        { """{"anyOf":[{"type":"integer","minimum":5},{"type":"integer","maximum":-5}]}""", "5 -5", "0 4" },
        { """{"type":"integer","anyOf":[{"minimum":5},{"maximum":2}],"maximum":7}""", "5 7 2", "3 8" },
        { """{"allOf":[{"type":"number","minimum":1},{"type":"integer"},{"maximum":3}]}""", "1 2 3", "0 4 1.5" },
        {
            """
            {"type":"object","allOf":[
              {"properties":{"a":{"minimum":2}}},
              {"properties":{"a":{"type":"integer"},"b":{}},"required":["a"]}]}
            """,
            """{"a":2} {"a":3,"b":[]}""",
            """{} {"a":1} {"a":2.5}"""
        },
        { """{"$ref":"#/$defs/x","$defs":{"x":{"type":"null"}}}""", "null", "1" },
        { """{"$ref":"#/definitions/a~1b/items","definitions":{"a/b":{"items":{"const":1}}}}""", "1", "2" },
        { """{"$ref":"#/$defs/x","minimum":3,"$defs":{"x":{"type":"integer"}}}""", "3", "2" },
        {
            """{"type":"object","properties":{"next":{"$ref":"#"}},"additionalProperties":false}""",
            """{} {"next":{}} {"next":{"next":{"next":{}}}}""",
            """{"next":1} {"next":{}"""
        },
        { """{"type":"integer","nullable":true}""", "null 1", "\"a\"" },
        { """{"type":"integer","nullable":true,"enum":[1]}""", "1", "null 2" },
        { """{"type":"integer","nullable":true,"enum":[1,null]}""", "null 1", "2" },
        { """{"type":"integer","nullable":true,"const":1}""", "1", "null" },
        { """{"nullable":true,"enum":[1]}""", "1", "null" },
        { """{"nullable":true,"const":null}""", "null", "1" },
        { """{"nullable":true,"minimum":3,"allOf":[{"type":"integer"}]}""", "3 4", "null 2" },
        {
            """
            {"oneOf":[
              {"type":"string"},
              {"type":"object","properties":{"k":{"const":1}},"required":["k"]},
              {"type":"object","properties":{"k":{"const":2}},"required":["k"]}]}
            """,
            """{"k":1} "s" {"k":2}""",
            """{"k":3} 1"""
        },
        { "true", """1 {} [null]""", "nul" },
        { """{"type":"object","properties":{"never":false,"a":{"type":"null"}}}""", """{} {"a":null}""", """{"never":1}""" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_schema_allows_its_documents_and_no_others(string schema, string valid, string invalid)
    {
        CompiledGrammar grammar = TestGrammars.Schema(schema);
        foreach (string document in valid.Split(' ')) Assert.True(grammar.Accepts(document), document);
        foreach (string document in invalid.Split(' ')) Assert.False(grammar.Accepts(document), document);
        foreach (string document in valid.Split(' ')) Assert.Null(SchemaValidator.FindViolation(Modern(schema), document));
    }

    [Fact]
    public void One_space_may_follow_a_colon_or_a_comma_and_nothing_else()
    {
        CompiledGrammar grammar = TestGrammars.Schema("""{"type":"object","properties":{"a":{"type":"array","items":{"type":"null"}}}}""");
        Assert.True(grammar.Accepts("{\"a\": [null, null]}"));
        foreach (string document in new[] { "{ \"a\":[]}", "{\"a\":  []}", "{\"a\":[null ,null]}", " {}", "{}\n", "{\"a\":\n[]}" })
        {
            Assert.False(grammar.Accepts(document), document);
        }
    }

    public static TheoryData<string, string> Refusals { get; } = new()
    {
        { "", "no valid JSON" },
        { "[]", "at #" },
        { """{"type":"strng"}""", "type at #" },
        { """{"properties":{"a":{"not":{}}}}""", "'not' at #/properties/a" },
        { """{"propertis":{}}""", "Did you mean 'properties'?" },
        { """{"type":"array","uniqueItems":true}""", "'uniqueItems' at #" },
        { """{"type":"string","minLength":20000}""", "minLength at # must be at most 10000" },
        { """{"type":"string","maxLength":-1}""", "maxLength at #" },
        { """{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "oneOf at #" },
        { """{"$ref":"https://example.com/schema"}""", "must point into the schema" },
        { """{"$ref":"#/$defs/none"}""", "points to nothing" },
        { """{"$ref":"#"}""", "refers to itself" },
        { """{"allOf":[{"$ref":"#"}]}""", "refers to itself or goes deeper than 32" },
        { """{"anyOf":[{"$ref":"#"},{"type":"null"}]}""", "with nothing in between" },
        { """{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}""", "No text satisfies" },
        { """{"type":"integer","minimum":5,"maximum":4}""", "No text satisfies" },
        { "false", "No text satisfies" },
        { """{"enum":["a"],"minLength":1}""", "minLength at # beside enum" },
        { """{"anyOf":[]}""", "anyOf at #" },
        { """{"type":"integer","exclusiveMinimum":true}""", "boolean form" },
        { """{"type":"object","type":"array"}""", "no valid JSON" },
        { """{"const":"\ud800"}""", "Unicode" },
        { Nested(70), "no valid JSON" },
        {
            """
            {"$ref":"#/$defs/a","$defs":{
              "a":{"allOf":[{"properties":{"x":{"$ref":"#/$defs/a"}},"required":["x"]},{"properties":{"x":{"$ref":"#/$defs/b"}}}]},
              "b":{"properties":{"x":{"$ref":"#/$defs/a"}}}}}
            """,
            "too complex"
        },
    };

    [Fact]
    public void A_schema_as_deep_as_readers_allow_is_compiled() =>
        Assert.True(TestGrammars.Schema(Nested(60)).Accepts(new string('[', 60) + "true" + new string(']', 60)));

    /// <summary>Lists within lists, of which the innermost holds booleans.</summary>
    private static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("{\"type\":\"array\",\"items\":", depth)) + "{\"type\":\"boolean\"}" + new string('}', depth);

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_schema_is_refused_with_the_place_and_the_reason(string schema, string reason) =>
        Assert.Contains(reason, TestGrammars.Refusal(OutputConstraint.JsonSchema(schema)), StringComparison.Ordinal);

    [Theory]
    [InlineData("a list of lists without end", 60)]
    [InlineData("alternatives that all look alike", 40)]
    public void A_schema_of_many_readings_is_matched_in_bounded_time(string sentence, int depth)
    {
        string schema = sentence.StartsWith("a list", StringComparison.Ordinal)
            ? """{"anyOf":[{"type":"array","items":{"$ref":"#"}},{"type":"array","items":{"$ref":"#"},"minItems":0},{"type":"null"}]}"""
            : "{\"type\":\"array\",\"items\":{\"anyOf\":[" + LongTexts() + "]}}";
        CompiledGrammar grammar = TestGrammars.Schema(schema);
        string document = depth == 60 ? new string('[', depth) + new string(']', depth) : "[\"" + new string('a', depth) + "\"]";
        Assert.True(grammar.Accepts(document), sentence);
        Assert.Null(SchemaValidator.FindViolation(schema, TestGrammars.Write(grammar, new Random(1), 100).Text));
    }

    private static string LongTexts() =>
        string.Join(',', Enumerable.Range(0, 40).Select(i => $"{{\"type\":\"string\",\"maxLength\":{i + 50}}}"));

    [Fact]
    public void A_shortest_answer_is_counted_in_tokens_and_not_in_bytes()
    {
        CompiledGrammar grammar = TestGrammars.Schema("""{"const":{"kind":[null,true]}}""");
        // {" kind ": [ null , true ] } with the merges of the test's tokenizer.
        Assert.InRange(grammar.ShortestTokens, 6, 10);
        Assert.Equal(20, grammar.Machine.Start.Distance);
        Assert.Equal("""{"kind":[null,true]}""", TestGrammars.Write(grammar, new Random(2), grammar.ShortestTokens).Text);
    }

    /// <summary>The validator knows tuples by their present name only.</summary>
    private static string Modern(string schema)
    {
        using JsonDocument parsed = JsonDocument.Parse(schema);
        bool isOld = parsed.RootElement.ValueKind == JsonValueKind.Object && parsed.RootElement.TryGetProperty("additionalItems", out _);
        return isOld
            ? schema.Replace("\"items\"", "\"prefixItems\"", StringComparison.Ordinal)
                .Replace("additionalItems", "items", StringComparison.Ordinal)
            : schema;
    }
}
