using Trireme.Inference.Templates;

namespace Trireme.Inference.Tests.Templates;

/// <summary>Templates that look for tool definitions in the system message.</summary>
public sealed class MessageToolsTests
{
    private const string Template =
        "{% for m in messages %}{{ m.role }}:{{ m.content }}{% if 'tools' in m %}<|tool|>{{ m['tools'] }}<|/tool|>{% endif %}|{% endfor %}";

    private const string Tool = """{"type":"function","function":{"name":"f","description":"é"}}""";

    [Theory]
    [InlineData(
        "into the system message",
        """{"messages":[{"role":"system","content":"S"},{"role":"user","content":"U"}],"tools":[TOOL]}""",
        """system:S<|tool|>[{"name": "f", "description": "é"}]<|/tool|>|user:U|""")]
    [InlineData(
        "into a system message of their own",
        """{"messages":[{"role":"user","content":"U"}],"tools":[TOOL]}""",
        """system:<|tool|>[{"name": "f", "description": "é"}]<|/tool|>|user:U|""")]
    [InlineData(
        "nowhere where the client has put some itself",
        """{"messages":[{"role":"system","content":"S","tools":"[1]"}],"tools":[TOOL]}""",
        "system:S<|tool|>[1]<|/tool|>|")]
    [InlineData("nowhere without tools", """{"messages":[{"role":"user","content":"U"}]}""", "user:U|")]
    public void Definitions_go(string sentence, string json, string expected)
    {
        string rendered = Conversations.Render(Template, json.Replace("TOOL", Tool, StringComparison.Ordinal));
        Assert.True(expected == rendered, $"{sentence}: {rendered}");
    }

    [Fact]
    public void Calls_become_text()
    {
        const string Json =
            """
            {"messages":[{"role":"assistant","content":"Wait.","tool_calls":[
              {"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":[1]}"}}]}]}
            """;
        const string Expected = """assistant:Wait.<|tool_call|>[{"name": "f", "arguments": {"a": [1]}}]<|/tool_call|>|""";
        Assert.Equal(Expected, Conversations.Render(Template, Json));
        // A template that looks at the calls shows them itself.
        Assert.Equal(
            "assistant:Wait.|1", Conversations.Render(Template + "{{ messages[0].tool_calls | length }}", Json));
    }

    [Theory]
    [InlineData("{{ tools }}{{ messages[0]['tools'] }}", true)]
    [InlineData("{{ messages[0]['tools'] }}", true)]
    [InlineData("{{ messages[0].content }}", false)]
    public void A_template_shows_tools_when_it_reads_them_anywhere(string template, bool expected) =>
        Assert.Equal(expected, ChatTemplate.Parse(template).ReadsTools);
}
