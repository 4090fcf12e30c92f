using System.Text.Json;

namespace Trireme.Grammars.Benchmarks;

/// <summary>Schemas of one kind that cost the more the larger their size is.</summary>
/// <param name="Name">What grows.</param>
/// <param name="Schema">The schema of a size.</param>
internal sealed record SchemaFamily(string Name, Func<int, string> Schema)
{
    private const string Reference = """{"$ref":"#/$defs/a"}""";

    /// <summary>One for each kind of work that the compiler counts, and for each kind of automaton that a pattern becomes.</summary>
    public static IReadOnlyList<SchemaFamily> All { get; } =
    [
        new("values of an enum", n => $$"""{"enum":[{{Numbers(n)}}]}"""),
        new("properties", n => $$$"""{"type":"object","properties":{{{{Members(n)}}}}}"""),
        new("required properties beside a schema of others", n => $$$"""
            {"allOf":[{"properties":{{{{Members(n)}}}}},{"additionalProperties":{"enum":[{{{Numbers(n)}}}]},"required":["z"]}]}
            """),
        new("values that two enums share", n => $$"""{"allOf":[{"enum":[{{Numbers(n)}}]},{"enum":[{{Numbers(n)}}]}]}"""),
        new("references to a long enum", n => $$$"""
            {"$defs":{"a":{"enum":[{{{Numbers(2_000)}}}]}},"allOf":[{{{List(Reference, n)}}}]}
            """),
        new("alternatives that multiply", n => $$"""{"allOf":[{"anyOf":[{{Limits(n)}}]},{"anyOf":[{{Limits(n)}}]}]}"""),
        new("alternatives that exclude one another", n => $$"""{"oneOf":[{{Objects(n)}}]}"""),
        new("patterns of different strings", n => $$"""{"oneOf":[{{Patterns(n)}}]}"""),
        new("remainders of multipleOf", n => $$"""{"type":"integer","multipleOf":{{(2 * n) + 1}}}"""),
        new("items with a multipleOf each", n => $$"""{"type":"array","prefixItems":[{{Steps(n)}}]}"""),
        new("states of a pattern", n => OfNames($"(a|b)*a(a|b){{{n}}}")),
        new("states of a pattern with a format", n => $$"""{"type":"string","format":"email","pattern":"^(a|b)*a(a|b){{{n}}}"}"""),
        new("optional letters of a pattern", n => OfNames($"^(a?){{{n}}}$")),
        new("letters of a pattern", n => OfNames($"^({string.Join('|', Letters(n))})$")),
        new("letters before optional ones", n => OfNames($"^[{string.Concat(Letters(n))}](a?){{{n}}}$")),
        new("patterns of names", n => $$$$"""
            {"type":"object","properties":{{{{{Members(n)}}}}},"patternProperties":{"^t":{},"1$":{},"2":{},"3":{},"4":{},"5":{}}}
            """),
        new("classes of a pattern", n => $$"""{"type":"string","pattern":"{{Repeated("[\\\\p{L}0]", n)}}"}"""),
        new("classes of a pattern of names", n => OfNames(Repeated(@"[\p{L}0]", n))),
        new("patterns with classes", n => $$$"""{"type":"array","prefixItems":[{{{Classes(n)}}}]}"""),
        new("alternatives with lookaheads", n => OfNames(Alternatives(n, 12))),
        new("alternatives with long lookaheads", n => OfNames(Alternatives(n, 16))),
        new("lookaheads", n => OfNames($"^(?=.*a.{{{n}}}$)(?=.*b.{{{n}}}$).*$")),
        new("counted characters of a pattern", n => $$"""{"type":"string","pattern":"^[a-z]+(-[a-z]+)*$","maxLength":{{n}}}"""),
        new("counted items", n => $$"""{"type":"array","items":{"type":"integer"},"minItems":{{n}}}"""),
        new("optional properties under a maximum", n =>
            $$$"""{"type":"object","properties":{{{{Members(n)}}}},"maxProperties":{{{n / 2}}}}"""),
    ];

    /// <summary>An object whose property names match a pattern, which makes an automaton of it.</summary>
    private static string OfNames(string pattern) =>
        $$$$"""{"type":"object","patternProperties":{{{{{JsonSerializer.Serialize(pattern)}}}}:{"type":"null"}}}""";

    private static string Numbers(int count) => string.Join(',', Enumerable.Range(0, count));

    private static string Members(int count) => Each(count, static i => $$"""
        "t{{i}}":{}
        """);

    private static string Limits(int count) => Each(count, static i => $$"""{"maximum":{{i}}}""");

    private static string Objects(int count) => Each(count, static i =>
        $$$$"""{"type":"object","required":["k"],"properties":{"k":{"const":{{{{i}}}}}}}""");

    private static string Patterns(int count) => Each(count, static i => $$"""{"type":"string","pattern":"^[a-m]{{{i + 1}}}[n-z]$"}""");

    private static string Classes(int count) => Each(count, static i => $$"""
        {"type":"string","pattern":"{{i}}{{Repeated("[\\\\p{L}0]", 1_000)}}"}
        """);

    private static string Alternatives(int count, int length) =>
        string.Join('|', Enumerable.Range(0, count).Select(i => $"^{i}(?=(a|b)*a(a|b){{{length}}}$)(a|b)*$"));

    private static string Steps(int count) => Each(count, static i => $$"""{"type":"integer","multipleOf":{{9_001 + (2 * i)}}}""");

    /// <summary>Letters that do not touch one another, so that each is a class of its own.</summary>
    private static IEnumerable<string> Letters(int count) =>
        Enumerable.Range(0, count).Select(static i => char.ConvertFromUtf32(0x10000 + (2 * i)));

    private static string List(string text, int count) => string.Join(',', Enumerable.Repeat(text, count));

    private static string Repeated(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static string Each(int count, Func<int, string> text) => string.Join(',', Enumerable.Range(0, count).Select(text));
}
