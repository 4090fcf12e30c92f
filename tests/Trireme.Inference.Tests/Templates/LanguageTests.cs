using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Inference.Templates;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Templates;

/// <summary>Parts of the template language, against what Jinja itself made of them (regenerate.py).</summary>
public sealed class LanguageTests
{
    private static readonly string Folder = Repository.PathOf("tests", "Trireme.Inference.Tests", "Templates", "Language");

    public static TheoryData<string> Cases => [.. File.ReadLines(Path.Combine(Folder, "cases.jsonl"))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_part_of_the_language_is_as_in_Jinja(string line)
    {
        JsonElement expected = JsonElement.Parse(line);
        JsonObject variables = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "variables.json")))!.AsObject();

        Rendering ours = Rendering.Ours(new TemplateCase(expected.GetProperty("template").GetString()!, variables.ToJsonString()));

        if (expected.TryGetProperty("text", out JsonElement text)) Assert.Equal(text.GetString(), ours.Text);
        else Assert.Null(ours.Text);
    }

    /// <summary>Filters, tests and functions that Jinja documents, but for those below.</summary>
    [Theory]
    [InlineData("abs attr batch capitalize center count d default dictsort e escape filesizeformat first float forceescape format groupby")]
    [InlineData("indent int items join last length list lower map max min reject rejectattr replace reverse round safe select selectattr")]
    [InlineData("slice sort string sum title tojson trim truncate unique upper urlencode wordcount xmlattr")]
    public void A_filter_of_Jinja_is_known(string names)
    {
        foreach (string name in names.Split(' ')) ChatTemplate.Parse($"{{{{ messages | {name} }}}}");
    }

    [Theory]
    [InlineData("boolean callable defined divisibleby eq equalto escaped even false filter float ge gt greaterthan in integer iterable le")]
    [InlineData("lessthan lower lt mapping ne none number odd sameas sequence string test true undefined upper")]
    public void A_test_of_Jinja_is_known(string names)
    {
        foreach (string name in names.Split(' ')) ChatTemplate.Parse($"{{{{ messages is {name}(1) }}}}");
    }

    [Theory]
    [InlineData("{{ 'a' | random }}", "the filter 'random' is not supported")]
    [InlineData("{{ 'a' | pprint }}", "the filter 'pprint' is not supported")]
    [InlineData("{{ 'a' | striptags }}", "the filter 'striptags' is not supported")]
    [InlineData("{{ 'a' | urlize }}", "the filter 'urlize' is not supported")]
    [InlineData("{{ 'a' | wordwrap }}", "the filter 'wordwrap' is not supported")]
    [InlineData("{{ lipsum() }}", "the function 'lipsum' is not supported")]
    [InlineData("{% include 'a' %}", "the statement 'include' is not supported")]
    [InlineData("{% extends 'a' %}", "the statement 'extends' is not supported")]
    [InlineData("{% import 'a' as b %}", "the statement 'import' is not supported")]
    [InlineData("{% from 'a' import b %}", "the statement 'from' is not supported")]
    [InlineData("{% do [] %}", "the statement 'do' is not supported")]
    [InlineData("{% trans %}{% endtrans %}", "the statement 'trans' is not supported")]
    [InlineData("{% autoescape true %}{% endautoescape %}", "'autoescape' is not supported")]
    public void What_is_missing_is_named_with_its_line_when_the_template_is_read(string template, string problem)
    {
        var exception = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse("first line\n" + template));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.Equal(2, exception.Line);
    }

    /// <summary>As Python writes what it reads from JSON.</summary>
    [Theory]
    [InlineData("18446744073709551615", "18446744073709551615")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("-9223372036854775809", "-9223372036854775809")]
    [InlineData("1e16", "1e+16")]
    [InlineData("1e22", "1e+22")]
    [InlineData("1E+2", "100.0")]
    [InlineData("1.50", "1.5")]
    [InlineData("100.0", "100.0")]
    [InlineData("0.00001", "1e-05")]
    [InlineData("1234567890123456.7", "1234567890123456.8")]
    [InlineData("12345678901234567.8", "1.2345678901234568e+16")]
    [InlineData("0", "0")]
    public void A_number_of_a_client_keeps_its_value_and_is_spelled_as_in_Python(string number, string expected)
    {
        const string Template = "{% set m = messages[0] %}{{ m.n }} {{ m.n | tojson }} {{ m.tool_calls[0].function.arguments | tojson }}"
            + " {{ tools | tojson }} {{ x }} {{ [x] }} {{ '%s' % x }}";
        string json = $$$"""
            {"messages":[{"role":"assistant","n":{{{number}}},
               "tool_calls":[{"function":{"name":"f","arguments":"{\"v\": {{{number}}}}"}}]}],
             "tools":[{"d":{{{number}}}}],"x":{{{number}}}}
            """;
        string n = expected;
        Assert.Equal($"{n} {n} {{\"v\": {n}}} [{{\"d\": {n}}}] {n} [{n}] {n}", Conversations.Render(Template, json));
    }

    [Fact]
    public void A_number_without_end_is_the_clients_fault()
    {
        string json = $$"""{"messages":[{"role":"user","n":{{new string('9', 5000)}}}]}""";
        Assert.True(Assert.Throws<ChatTemplateException>(() => Conversations.Render("{{ messages }}", json)).RaisedByTemplate);
    }

    [Theory]
    [InlineData("{{ x * 2 }}", "18446744073709551615", "36893488147419103230")]
    [InlineData("{{ x == 10 ** 16 }}{{ x is float }}{{ x is number }}{{ x > 1 }}", "1e16", "TrueTrueTrueTrue")]
    [InlineData("{{ x | int }}{{ -x }}", "1e16", "10000000000000000-1e+16")]
    [InlineData("{{ x is integer }}{{ x | abs }}{{ x | string | length }}", "18446744073709551615", "True1844674407370955161520")]
    [InlineData("{{ {x: 1}[150] }}{{ x | round }}{{ x | float }}", "1.50e2", "1150.0150.0")]
    public void A_number_of_a_client_counts_as_its_value(string template, string number, string expected) =>
        Assert.Equal(expected, Conversations.Render(template, $$"""{"messages":[],"x":{{number}}}"""));
}
