using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.PromQL.Functions;
using Trireme.Telemetry.PromQL.Syntax;

namespace Trireme.Telemetry.Tests.PromQL;

public sealed class ParserTests
{
    public static TheoryData<string, string, string> Malformed => new()
    {
        { "an empty query", "", "1:1: parse error: no expression found in input" },
        { "only a comment", "# just a comment\n\n", "1:1: parse error: no expression found in input" },
        { "a missing operand", "1+", "1:3: parse error: unexpected end of input" },
        { "a lone dot", ".", "1:1: parse error: unexpected character: '.'" },
        { "a number run into a word", "2.5.", "1:4: parse error: unexpected character: '.'" },
        { "a number with letters", "0deadbeef", "1:1: parse error: bad number or duration syntax: \"0deadbeef\"" },
        { "a bare divisor", "1 /", "1:4: parse error: unexpected end of input" },
        { "an operator first", "*1", "1:1: parse error: unexpected <op:*>" },
        { "an open parenthesis", "(1", "1:3: parse error: unclosed left parenthesis" },
        { "a closed parenthesis", "1)", "1:2: parse error: unexpected right parenthesis ')'" },
        { "nothing in parentheses", "()", "1:2: parse error: unexpected \")\"" },
        { "two names", "foo bar", "1:5: parse error: unexpected identifier \"bar\"" },
        { "a half comparison", "1 !~ 1", "1:4: parse error: unexpected character after '!': '~'" },
        { "a position on the second line", "foo +\n  )", "2:3: parse error: unexpected right parenthesis ')'" },
        { "a scalar comparison without bool", "1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier" },
        { "bool on arithmetic", "foo + bool 10", "1:5: parse error: bool modifier can only be used on comparison operators" },
        {
            "a set operator on scalars", "1 or 1",
            "1:3: parse error: set operator \"or\" not allowed in binary scalar expression"
        },
        { "matching with a scalar", "foo == on(bar) 10", "1:5: parse error: vector matching only allowed between instant vectors" },
        {
            "grouping of a set operator", "foo and on(bar) group_left(baz) bar",
            "1:5: parse error: no grouping allowed for \"and\" operation"
        },
        {
            "a label both matched and included", "http{} / on(instance) group_left(instance) cpu",
            "1:8: parse error: label \"instance\" must not occur in ON and GROUP clause at once"
        },
        { "group_left without on", "foo + group_left(baz) bar", "1:7: parse error: unexpected <group_left>" },
        { "an open brace", "some{", "1:6: parse error: unexpected end of input inside braces" },
        { "a closed brace", "some}", "1:5: parse error: unexpected right brace '}'" },
        { "a selector of nothing", "{}", "1:1: parse error: vector selector must contain at least one non-empty matcher" },
        { "a selector of anything", "{x=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher" },
        { "a name given twice", "foo{__name__=\"bar\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"bar\"" },
        { "a label without a value", "foo{a}", "1:6: parse error: unexpected \"}\" in label matching, expected label matching operator" },
        { "a number in braces", "foo{1}", "1:5: parse error: unexpected character inside braces: '1'" },
        { "an open string", "\"foo", "1:1: parse error: unterminated quoted string" },
        { "an open raw string", "`foo", "1:1: parse error: unterminated raw string" },
        { "an empty range", "foo[]", "1:5: parse error: unexpected \"]\" in subquery selector, expected duration" },
        { "a range of nothing", "foo[0m]", "1:5: parse error: duration must be greater than 0" },
        { "an open range", "foo[5m", "1:7: parse error: unclosed left bracket" },
        { "a range of a number", "5[5m]", "1:2: parse error: ranges only allowed for vector selectors" },
        { "a range after an offset", "foo offset 1m[5m]", "1:14: parse error: no offset modifiers allowed before range" },
        { "a range after an anchor", "foo @ 1[5m]", "1:8: parse error: no @ modifiers allowed before range" },
        {
            "a subquery of a range", "foo[5m][5m:1m]",
            "1:1: parse error: subquery is only allowed on instant vector, got range vector instead"
        },
        { "units out of order", "foo[5m1h]", "1:5: parse error: bad number or duration syntax: \"5m1h\"" },
        { "two offsets", "foo offset 1m offset 2m", "1:15: parse error: offset may not be set multiple times" },
        { "two anchors", "foo @ 1 @ 2", "1:9: parse error: @ <timestamp> may not be set multiple times" },
        { "an anchor at infinity", "foo @ inf", "1:7: parse error: timestamp out of bounds for @ modifier: inf" },
        { "an unknown function", "foo(1)", "1:1: parse error: unknown function with name \"foo\"" },
        { "a missing argument", "floor()", "1:1: parse error: expected 1 argument(s) in call to \"floor\", got 0" },
        { "too few arguments", "round()", "1:1: parse error: expected at least 1 argument(s) in call to \"round\", got 0" },
        { "too many arguments", "hour(a, b)", "1:1: parse error: expected at most 1 argument(s) in call to \"hour\", got 2" },
        {
            "a vector for a range", "rate(foo)",
            "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"
        },
        { "a scalar to aggregate", "sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar" },
        { "a vector for a count", "topk(foo, bar)", "1:6: parse error: expected type scalar in aggregation parameter, got instant vector" },
        {
            "an aggregation without its parameter", "topk(foo)",
            "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1"
        },
        { "an aggregation of nothing", "sum()", "1:1: parse error: no arguments for aggregate expression provided" },
        { "a number to group by", "sum by (5) (foo)", "1:9: parse error: unexpected number \"5\" in grouping opts, expected label" },
        {
            "a sign before a range", "-foo[5m]",
            "1:2: parse error: unary expression only allowed on expressions of type scalar or instant vector, got \"range vector\""
        },
        { "a range as an operand", "foo[5m] + 1", "1:1: parse error: binary expression must contain only scalar and instant vector types" },
    };

    public static TheoryData<string, double> Arithmetic => new()
    {
        { "1 + 2 * 3", 7 },
        { "(1 + 2) * 3", 9 },
        { "2 ^ 3 ^ 2", 512 },
        { "-2 ^ 2", -4 },
        { "2 ^ -1", 0.5 },
        { "2 ^ -1 * 3", 1.5 },
        { "7 % 4 * 2", 6 },
        { "8 / 4 / 2", 1 },
        { "- - 3", 3 },
        { "-1 + 4", 3 },
        { "-2 * 3", -6 },
        { "1 + 2 > bool 2 + 0.5", 1 },
        { "2 * 3 atan2 1", 1.4056476493802699 },
        { "0x1F", 31 },
        { "010", 8 },
        { "1e3", 1000 },
        { "1e-3", 0.001 },
        { ".5", 0.5 },
        { "+Inf", double.PositiveInfinity },
        { "5 # the rest is a comment", 5 },
    };

    public static TheoryData<string> WellFormed =>
    [
        "sum",
        "sum + by",
        "sum{a=\"b\"}",
        "sum(foo) by (sum, by, offset, group_left,)",
        "sum without () (foo)",
        "SUM BY (Job) (foo)",
        "topk by (job) (3, foo)",
        "count_values(\"x\", foo)",
        "foo{a=\"b\",}",
        "{__name__=~\"a.*\", b!~\"c|d\"}",
        "a:b:c",
        ":a",
        "foo[1h30m5s10ms]",
        "foo[5m:]",
        "foo[5m:30s] offset 1w @ end()",
        "foo @ start() offset -5m",
        "(foo + bar)[1d:1h]",
        "foo * on (a, b) group_left (c) bar",
        "foo and ignoring (a) bar or baz unless on () qux",
        "foo > bool on (a) bar",
        "label_join(foo, 'a', `,`, \"b\", \"c\", \"d\")",
        "label_join(foo, \"a\", \",\")",
        "\"a \\\"string\\\" with \\u00e9\"",
        "foo{a='it\\'s'}",
        "start + end",
        "minute() + hour(foo)",
        "rate(foo[5m] offset 1m)",
    ];

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_query_is_refused_where_and_why(string reason, string query, string message)
    {
        QueryException exception = Assert.Throws<QueryException>(() => Parser.Parse(query));
        Assert.True(message == exception.Message, $"{reason}: {exception.Message}");
    }

    [Theory]
    [MemberData(nameof(Arithmetic))]
    public async Task Operators_bind_as_in_Prometheus(string query, double expected)
    {
        using QueryEngine engine = TestStores.Engine(TestStores.Create());
        var result = await engine.QueryAsync(query, DateTimeOffset.UnixEpoch, TestContext.Current.CancellationToken);
        Assert.Equal(expected, Assert.IsType<Telemetry.Queries.ScalarValue>(result.Value).Sample.Value);
    }

    [Theory]
    [MemberData(nameof(WellFormed))]
    public void The_whole_grammar_is_read(string query) => Assert.NotNull(Parser.Parse(query));

    [Theory]
    [InlineData("(", ")")]
    [InlineData("-", "")]
    [InlineData("1+", "")]
    [InlineData("sum(", ")")]
    [InlineData("1^", "")]
    public void A_query_that_nests_too_deep_is_refused(string open, string close)
    {
        string query = string.Concat(Enumerable.Repeat(open, 20_000)) + "foo" + string.Concat(Enumerable.Repeat(close, 20_000));
        QueryException exception = Assert.Throws<QueryException>(() => Parser.Parse(query));
        Assert.Contains("nests deeper than", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_sequence_of_tokens_is_read_or_refused_with_a_position()
    {
        string[] tokens =
        [
            "foo", "sum", "rate", "by", "on", "ignoring", "group_left", "bool", "offset", "and", "or", "atan2", "start",
            "(", ")", "{", "}",
            "[", "]", ",", ":", "@", "=", "==", "!=", "=~", "+", "-", "^", "5", "5m", "1e", "0x", "\"a\"", "'", "`",
            "\\", "\n", "#", "é", "!",
            .. FunctionTable.All.Select(static function => function.Name),
        ];
        var random = new Random(20_240_601);
        for (int i = 0; i < 50_000; i++)
        {
            string query = string.Join(i % 2 == 0 ? " " : "", random.GetItems(tokens, random.Next(15)));
            try
            {
                Assert.True(Parser.Parse(query).Depth >= 1);
            }
            catch (QueryException exception)
            {
                Assert.Contains(": parse error: ", exception.Message, StringComparison.Ordinal);
            }
        }
    }
}
