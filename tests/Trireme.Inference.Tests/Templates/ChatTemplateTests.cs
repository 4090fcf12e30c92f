using System.Text.Json;
using Trireme.Inference.Templates;

namespace Trireme.Inference.Tests.Templates;

public sealed class ChatTemplateTests
{
    public static TheoryData<string, int, string> Malformed => new()
    {
        { "a\n{{ 1 +", 2, "a tag has no end '}}'" },
        { "{{ 1 + }}", 1, "expected an expression, found '}}'" },
        { "\n\n{% if x %}", 3, "expected 'endif', found the end of the template" },
        { "{% endif %}", 1, "the statement 'endif' is not supported here" },
        { "{% fro x in y %}", 1, "Did you mean 'for'?" },
        { "{% extends 'base' %}", 1, "the statement 'extends' is not supported here" },
        { "{{ x | tojsn }}", 1, "the filter 'tojsn' is not supported. Did you mean 'tojson'?" },
        { "{{ x is definde }}", 1, "the test 'definde' is not supported. Did you mean 'defined'?" },
        { "{{ f(a=1, 2) }}", 1, "an argument without a name follows" },
        { "{% break %}", 1, "'break' is outside a loop" },
        { "{% for x in y %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}", 1, "'break' is outside a loop" },
        { "{# never closed", 1, "a comment has no end" },
        { "{% raw %} never closed", 1, "'raw' has no 'endraw'" },
        { "{{ 'never closed }}", 1, "no closing quote" },
        { "{{ (1] }}", 1, "']' closes nothing" },
        { "{{ a ? b }}", 1, "'?' is no part of an expression" },
        { "{% set a.b.c = 1 %}", 1, "expected '%}'" },
        { "{% call f %}{% endcall %}", 1, "'call' needs the call of a macro" },
        { "{{ f(**x, *y) }}", 1, "an argument without a name follows" },
        { "{{ f(*x, 1) }}", 1, "an argument without a name follows" },
        { "{{ NINES }}".Replace("NINES", new string('9', 5000), StringComparison.Ordinal), 1, "too many digits" },
    };

    public static TheoryData<string, int, string> Failing => new()
    {
        { "\n{{ missing.name }}", 2, "'missing' is undefined, so it has no 'name'" },
        { "{{ missing() }}", 1, "'missing' is undefined, so it cannot be called" },
        { "{{ missing + 1 }}", 1, "'missing' is undefined, so '+' cannot use it" },
        { "{{ 1 + 'a' }}", 1, "'+' does not take a number and a string" },
        { "{{ 1 < 'a' }}", 1, "have no order" },
        { "{{ [1, 'a'] | sort }}", 1, "have no order" },
        { "{{ 1 // 0 }}", 1, "divides by zero" },
        { "{{ 10 ** 5000 }}", 1, "more than 4300 digits" },
        { "{{ 10 ** 4000 * 10 ** 4000 }}", 1, "more than 4300 digits" },
        { "{{ 10 ** (10 ** 10) }}", 1, "more than 4300 digits" },
        { "{{ '%999999d' % 1 }}", 1, "wider than 1000" },
        { "{{ '{:99999}'.format(1) }}", 1, "wider than 1000" },
        { "{{ {[]: 1} }}", 1, "a list cannot be a mapping's key" },
        { "{% for x in [1] %}{{ loop([1]) }}{% endfor %}", 1, "marked 'recursive' only" },
        { "{{ dict(**[1]) }}", 1, "'**' needs a mapping" },
        { "{{ 5 | length }}", 1, "a number has no length" },
        { "{% for x in 5 %}{% endfor %}", 1, "a number cannot be iterated over" },
        { "{% for a, b in [[1]] %}{% endfor %}", 1, "1 values cannot be unpacked into 2 names" },
        { "{{ [1][::0] }}", 1, "step cannot be zero" },
        { "{{ range(1, 2, 0) }}", 1, "cannot be zero" },
        { "{{ range(-9223372036854775807, 9223372036854775807) }}", 1, "at most 100000 numbers" },
        { "{{ range(100001) }}", 1, "at most 100000 numbers" },
        { "{% set x = {} %}{% set x.y = 1 %}", 1, "'x' is no namespace" },
        { "{{ {}.update({}) }}", 1, "'update' is not supported" },
        { "{{ [].pop() }}", 1, "'pop' is not supported" },
        { "{{ 'a'.split('') }}", 1, "needs a separator" },
        { "{{ missing | tojson }}", 1, "'tojson' cannot write an undefined value" },
        { "{{ range }}", 1, "a callable cannot be printed" },
        { "{{ 'a' | trim(1) }}", 1, "'chars' must be a string" },
        { "{{ 'a' | trim('b', 'c') }}", 1, "takes at most 1 arguments, not 2" },
        { "{{ 'a' | trim(what=1) }}", 1, "takes no argument 'what'" },
        { "{% macro m(a) %}{% endmacro %}{{ m(1, a=2) }}", 1, "is given 'a' twice" },
        { "{{ [1] | map('nothing') }}", 1, "the filter 'nothing' given to 'map'" },
        { "{{ [1] | select('nothing') }}", 1, "the test 'nothing'" },
    };

    public static TheoryData<string, string> Unbounded => new()
    {
        { "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "steps" },
        { "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "calls and expressions deep" },
        { "{% set ns = namespace(t='ab') %}{% for i in range(99) %}{% set ns.t = ns.t + ns.t %}{% endfor %}", "longer than 4194304" },
        { "{% set ns = namespace(t='ab') %}{% for i in range(99) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}", "longer than 4194304" },
        { "{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %}", "steps" },
        { "{% set l = [] %}{% for i in range(99999) %}{% set _ = l.append(l | list) %}{% endfor %}", "steps" },
        { "{{ 'x' * 99999999999 }}", "longer than 4194304" },
        { "{% for i in range(99999) %}{{ 'x' * 99 }}{% endfor %}", "longer than 4194304" },
        { "{% set l = [] %}{% set _ = l.append(l) %}{{ l }}", "nested more than 100 levels" },
        { "{% set l = [] %}{% set _ = l.append(l) %}{{ l | tojson }}", "nested at most 100 levels" },
        { "{% set a = [] %}{% set _ = a.append(a) %}{% set b = [] %}{% set _ = b.append(b) %}{{ a == b }}", "nested more than 100 levels" },
        { "{% set a = [] %}{% set _ = a.append(a) %}{% set b = [] %}{% set _ = b.append(b) %}{{ a < b }}", "100 levels" },
        { "{% set ns = namespace(l=[]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}", "steps" },
        {
            "{% set ns = namespace(l=[]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l == ns.l[::1] }}",
            "steps"
        },
        { "{% for t in [1] recursive %}{{ loop([1]) }}{% endfor %}", "calls and expressions deep" },
        { "{{ [0] * 99999999999 }}", "steps" },
        { "{{ 'x'.center(99999999999) }}", "longer than 4194304" },
        { "{{ [1] | batch(99999999999, 'x') }}", "steps" },
        { "{{ [1] | slice(99999999999) }}", "steps" },
        { "{% for i in range(99999) %}{{ (10 ** 4000) | string | length }}{% endfor %}", "steps" },
        { "{% set t = 'x' * 4000000 %}{% for i in range(99999) %}{{ 'y' in t }}{% endfor %}", "steps" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_or_unsupported_template_is_refused_with_its_line(string template, int line, string reason)
    {
        var exception = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(template));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.Equal(line, exception.Line);
        Assert.False(exception.RaisedByTemplate);
    }

    [Theory]
    [MemberData(nameof(Failing))]
    public void A_template_that_fails_says_where_and_why(string template, int line, string reason)
    {
        var exception = Assert.Throws<ChatTemplateException>(() => Conversations.Render(template));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.Equal(line, exception.Line);
    }

    [Theory]
    [MemberData(nameof(Unbounded))]
    public void A_template_without_end_is_stopped(string template, string limit)
    {
        var exception = Assert.Throws<ChatTemplateException>(() => Conversations.Render(template));
        Assert.Contains(limit, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('(', ')')]
    [InlineData('[', ']')]
    public void Deep_nesting_is_refused_when_parsing(char open, char close)
    {
        string template = "{{ " + new string(open, 5000) + "1" + new string(close, 5000) + " }}";
        var exception = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(template));
        Assert.Contains("levels deep", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ {0} 1 }}", "not ", 5000, "levels deep")]
    [InlineData("{{ {0} 1 }}", "- ", 5000, "levels deep")]
    [InlineData("{{ 1 {0} }}", "if 1 else 1 ", 5000, "levels deep")]
    [InlineData("{0}", "{% if 1 %}", 5000, "levels deep")]
    public void Deep_recursion_is_refused_when_parsing(string template, string repeated, int times, string reason)
    {
        string source = template.Replace("{0}", string.Concat(Enumerable.Repeat(repeated, times)), StringComparison.Ordinal);
        Assert.Contains(reason, Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a message", """[{"role":"user","content":"Hi","extra":NESTED}]""")]
    [InlineData("a message's parts", """[{"role":"user","content":[NESTED]}]""")]
    public void A_deep_history_is_refused_whatever_the_template_does_with_it(string sentence, string messages)
    {
        string deep = new string('[', 101) + new string(']', 101);
        using var history = JsonDocument.Parse(
            messages.Replace("NESTED", deep, StringComparison.Ordinal), new JsonDocumentOptions { MaxDepth = 1000 });
        var input = new ChatTemplateInput { Messages = [.. history.RootElement.EnumerateArray()] };
        var exception = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse("Hello").Render(input));
        Assert.True(exception.Message.Contains("more than 100 levels deep", StringComparison.Ordinal), $"{sentence}: {exception.Message}");
    }

    [Fact]
    public void A_long_chain_of_operators_is_stopped_when_rendering()
    {
        string sum = string.Concat(Enumerable.Repeat("1 + ", 100_000));
        var exception = Assert.Throws<ChatTemplateException>(() => Conversations.Render("{{ " + sum + "1 }}"));
        Assert.Contains("deep", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% for x in content", " | trim", " %}{% endfor %}")]
    [InlineData("{{ x", ".y", " }}")]
    [InlineData("{{ x", "()", " }}")]
    [InlineData("{{ ''", " ''", " }}")]
    [InlineData("{% if 0 %}", "{% elif 0 %}", "{% endif %}")]
    public void Long_chains_neither_crash_nor_hang(string begin, string link, string end)
    {
        var template = ChatTemplate.Parse(begin + string.Concat(Enumerable.Repeat(link, 50_000)) + end);
        try
        {
            Assert.Equal("", template.Render(Conversations.Read("""{"messages":[]}""")));
        }
        catch (ChatTemplateException exception)
        {
            Assert.Contains("deep", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_not_supported_fails_inside_a_guard_only_when_it_is_reached()
    {
        const string Guarded = "{% if 'json' is mapping %}{{ '{}' | from_json }}{% elif 1 is odd or 1 is strange %}fine{% endif %}";
        Assert.Equal("fine", Conversations.Render(Guarded));
        const string Reached = "{% if true %}\n{{ '{}' | from_json }}{% endif %}";
        var exception = Assert.Throws<ChatTemplateException>(() => Conversations.Render(Reached));
        Assert.Equal("Chat template, line 2: the filter 'from_json' is not supported.", exception.Message);
    }

    [Fact]
    public void What_the_template_raises_is_meant_for_the_client()
    {
        var exception = Assert.Throws<ChatTemplateException>(() => Conversations.Render("{{ raise_exception('Roles must alternate.') }}"));
        Assert.True(exception.RaisedByTemplate);
        Assert.Equal("Roles must alternate.", exception.Message);
    }

    [Fact]
    public void Content_parts_are_joined_for_templates_that_expect_text()
    {
        const string Parts = """{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}""";
        const string Image = """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}""";
        const string ForText = "{% for m in messages %}{{ m.content }}{% endfor %}";
        const string ForParts = "{% for m in messages %}{% for p in m['content'] %}<{{ p.type }}>{% endfor %}{% endfor %}";
        Assert.Equal("a\nb", Conversations.Render(ForText, Parts));
        Assert.Equal("<text><text>", Conversations.Render(ForParts, Parts));
        Assert.Equal("<image_url>", Conversations.Render(ForParts, Image));
        var refused = Assert.Throws<ChatTemplateException>(() => Conversations.Render(ForText, Image));
        Assert.True(refused.RaisedByTemplate);
        Assert.Contains("messages[0].content[0] has type 'image_url'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_of_tool_calls_reach_the_template_as_mappings()
    {
        const string Template = "{% set a = messages[0].tool_calls[0].function.arguments %}{{ a is mapping }}:{{ a.x }}";
        static string Call(string arguments) =>
            """{"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":""" + arguments + "}}]}]}";
        Assert.Equal("True:1", Conversations.Render(Template, Call("""{"x":1}""")));
        Assert.Equal("True:1", Conversations.Render(Template, Call("\"{\\\"x\\\":1}\"")));
        var refused = Assert.Throws<ChatTemplateException>(() => Conversations.Render(Template, Call("\"{\"")));
        Assert.Contains("messages[0].tool_calls[0].function.arguments is not valid JSON", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_of_a_request_that_no_reader_can_hold_is_refused()
    {
        var refused = Assert.Throws<ChatTemplateException>(() => Conversations.Render(
            "{{ messages[0].weight }}", """{"messages":[{"role":"user","content":"a","weight":1E400}]}"""));
        Assert.True(refused.RaisedByTemplate);
        Assert.Contains("The request holds the number 1E400, which is too large.", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"messages":["text"]}""")]
    [InlineData("""{"messages":[{"content":"no role"}]}""")]
    [InlineData("""{"messages":[{"role":7}]}""")]
    public void Messages_without_a_role_are_the_clients_fault(string json)
    {
        var exception = Assert.Throws<ChatTemplateException>(() => Conversations.Render("x", json));
        Assert.True(exception.RaisedByTemplate);
        Assert.Contains("messages[0] must be an object with a role", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extra_variables_cannot_replace_the_conversation()
    {
        const string Json = """{"messages":[],"enable_thinking":true}""";
        ChatTemplateInput input = Conversations.Read(Json);
        JsonElement enabled = input.ExtraVariables!["enable_thinking"];
        input = input with
        {
            ExtraVariables = new Dictionary<string, JsonElement> { ["enable_thinking"] = enabled, ["messages"] = enabled },
        };
        Assert.Equal("0True", ChatTemplate.Parse("{{ messages | length }}{{ enable_thinking }}").Render(input));
    }

    [Fact]
    public void Rendering_leaves_the_template_as_it_was()
    {
        var template = ChatTemplate.Parse("{% set l = ['a'] %}{% set _ = l.append('b') %}{{ messages[0].role }}{{ l }}");
        ChatTemplateInput input = Conversations.Read("""{"messages":[{"role":"user"}]}""");
        string first = template.Render(input);
        Assert.Equal("user['a', 'b']", first);
        Parallel.For(0, 50, _ => Assert.Equal(first, template.Render(input)));
    }
}
