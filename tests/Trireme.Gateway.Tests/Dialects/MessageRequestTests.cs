using System.Text.Json.Nodes;
using Trireme.Gateway.Surface;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Dialects;

public class MessageRequestTests
{
    private const string Hello = """[{"role":"user","content":"hi"}]""";

    /// <summary>Fields of a message beside the model, and those of the chat completion that it becomes.</summary>
    private static readonly Dictionary<string, (string Message, string Chat)> Carried = new()
    {
        ["Texts and lengths"] = (
            $$$$"""{"messages":{{{{Hello}}}},"max_tokens":9,"temperature":0.5,"top_p":0.9,"top_k":5,"stop_sequences":["\n\n"]}""",
            $$$$"""{"messages":{{{{Hello}}}},"max_tokens":9,"stop":["\n\n"],"temperature":0.5,"top_p":0.9,"top_k":5}"""),
        ["Escapes stay as they are"] = (
            """{"messages":[{"role":"user","content":"a\"\u00e9\\ \ud83d\ude00"}],"max_tokens":1}""",
            """{"messages":[{"role":"user","content":"a\"\u00e9\\ \ud83d\ude00"}],"max_tokens":1}"""),
        ["A system text comes first"] = (
            $$$$"""{"system":"Be brief.","messages":{{{{Hello}}}},"max_tokens":1}""",
            """{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}],"max_tokens":1}"""),
        ["System blocks lose what only caches read"] = (
            $$$$"""
            {"system":[{"type":"text","text":"A","cache_control":{"type":"ephemeral"}},{"type":"text","text":"B"}],
             "messages":{{{{Hello}}}},"max_tokens":1}
            """,
            """
            {"messages":[{"role":"system","content":[{"type":"text","text":"A"},{"type":"text","text":"B"}]},
              {"role":"user","content":"hi"}],"max_tokens":1}
            """),
        ["Results of tools are messages by themselves"] = (
            """
            {"messages":[{"role":"user","content":"Ulm?"},
              {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"I look."},
                {"type":"tool_use","id":"t1","name":"W","input":{"city": "U\"lm", "n": 1}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"sun"},{"type":"text","text":"And?"}]}],
             "max_tokens":1}
            """,
            """
            {"messages":[{"role":"user","content":"Ulm?"},
              {"role":"assistant","reasoning_content":"hm","content":[{"type":"text","text":"I look."}],
                "tool_calls":[{"type":"function","id":"t1","function":{"name":"W","arguments":"{\"city\":\"U\\\"lm\",\"n\":1}"}}]},
              {"role":"tool","tool_call_id":"t1","content":"sun"},
              {"role":"user","content":[{"type":"text","text":"And?"}]}],
             "max_tokens":1}
            """),
        ["A failed tool is told as one"] = (
            """
            {"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","is_error":true,"content":"no"},
              {"type":"tool_result","tool_use_id":"b","content":[{"type":"text","text":"x"},{"type":"text","text":"y"}]},
              {"type":"tool_result","tool_use_id":"c"}]}],"max_tokens":1}
            """,
            """
            {"messages":[{"role":"tool","tool_call_id":"a","content":"Error: no"},
              {"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"x"},{"type":"text","text":"y"}]},
              {"role":"tool","tool_call_id":"c","content":""}],"max_tokens":1}
            """),
        ["Tools become functions"] = (
            $$$$"""
            {"messages":{{{{Hello}}}},"max_tokens":1,"tools":[{"name":"W","description":"w","input_schema":{"type":"object"},"strict":true},
              {"type":"custom","name":"V","input_schema":{"type":"object"}}],"tool_choice":{"type":"any","disable_parallel_tool_use":true}}
            """,
            $$$$"""
            {"messages":{{{{Hello}}}},"tools":[
              {"type":"function","function":{"name":"W","description":"w","parameters":{"type":"object"},"strict":true}},
              {"type":"function","function":{"name":"V","parameters":{"type":"object"}}}],
             "tool_choice":"required","parallel_tool_calls":false,"max_tokens":1}
            """),
        ["One tool can be named"] = (
            $$$$"""{"messages":{{{{Hello}}}},"max_tokens":1,"tool_choice":{"type":"tool","name":"W"}}""",
            $$$$"""{"messages":{{{{Hello}}}},"tool_choice":{"type":"function","function":{"name":"W"}},"max_tokens":1}"""),
        ["A schema is asked for by output_config"] = (
            $$$$"""
            {"messages":{{{{Hello}}}},"max_tokens":1,
             "output_config":{"effort":"low","format":{"type":"json_schema","schema":{"a":1} } } }
            """,
            $$$$"""
            {"messages":{{{{Hello}}}},"max_tokens":1,"reasoning_effort":"low",
             "response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"a":1} } } }
            """),
        ["Thinking is a word of the template's"] = (
            $$$$"""{"messages":{{{{Hello}}}},"max_tokens":2048,"thinking":{"type":"enabled","budget_tokens":1024}}""",
            $$$$"""{"messages":{{{{Hello}}}},"chat_template_kwargs":{"enable_thinking":true},"max_tokens":2048}"""),
        ["An answer that was begun goes on"] = (
            """{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"He"}],"max_tokens":1}""",
            """
            {"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"He"}],"add_generation_prompt":false,
             "continue_final_message":true,"max_tokens":1}
            """),
        ["An image goes to the engine"] = (
            """
            {"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}},
              {"type":"image","source":{"type":"url","url":"https://a/b"}}]}],"max_tokens":1}
            """,
            """
            {"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}},
              {"type":"image_url","image_url":{"url":"https://a/b"}}]}],"max_tokens":1}
            """),
        ["A stream is asked for its counts"] = (
            $$$$"""{"messages":{{{{Hello}}}},"max_tokens":1,"stream":true,"metadata":{"user_id":"u"}}""",
            $$$$"""
            {"messages":{{{{Hello}}}},"max_tokens":1,"user":"u","stream":true,
             "stream_options":{"include_usage":true,"continuous_usage_stats":true}}
            """),
        ["What is null or unknown is nothing"] = (
            $$$$"""
            {"messages":{{{{Hello}}}},"max_tokens":1,"thread":null,"mcp_servers":[],"service_tier":"auto","tools":[],"speed":"fast"}
            """,
            $$$$"""{"messages":{{{{Hello}}}},"max_tokens":1}"""),
    };

    /// <summary>Fields of a message, and the field that is refused.</summary>
    public static TheoryData<string, string> Refused => new()
    {
        { $$$$"""{"messages":{{{{Hello}}}}}""", "max_tokens" },
        { $$$$"""{"messages":{{{{Hello}}}},"max_tokens":0}""", "max_tokens" },
        { $$$$"""{"messages":{{{{Hello}}}},"max_tokens":"9"}""", "max_tokens" },
        { """{"max_tokens":1}""", "messages" },
        { """{"messages":[],"max_tokens":1}""", "messages" },
        { """{"messages":["hi"],"max_tokens":1}""", "messages[0].content" },
        { """{"messages":[{"role":"robot","content":"hi"}],"max_tokens":1}""", "messages[0].role" },
        { """{"messages":[{"role":"user","content":[{"text":"hi"}]}],"max_tokens":1}""", "messages[0].content[0].type" },
        { """{"messages":[{"role":"user","content":[{"type":"document"}]}],"max_tokens":1}""", "messages[0].content[0].type" },
        { """{"messages":[{"role":"user","content":[{"type":"tool_result","content":""}]}],"max_tokens":1}""",
            "messages[0].content[0].tool_use_id" },
        { """{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":"c"}]}],"max_tokens":1}""",
            "messages[0].content[0].input" },
        { $$$$"""{"messages":{{{{Hello}}}},"max_tokens":1,"thread":{"type":"continue","previous_message_id":"m"}}""", "thread" },
        { $$$$"""{"messages":{{{{Hello}}}},"max_tokens":1,"thread":{"type":"create"}}""", "thread" },
        { $$$$"""{"messages":{{{{Hello}}}},"max_tokens":1,"thre\u0061d":{"type":"continue"}}""", "thread" },
        { $$$$"""{"messages":{{{{Hello}}}},"max_tokens":1,"mcp_servers":[{"url":"x"}]}""", "mcp_servers" },
        { $$$$"""{"messages":{{{{Hello}}}},"max_tokens":1,"container":"c"}""", "container" },
        { $$$$"""{"messages":{{{{Hello}}}},"max_tokens":1,"tools":[{"type":"bash_20250124","name":"bash"}]}""", "tools[0].type" },
        { $$$$"""{"messages":{{{{Hello}}}},"max_tokens":1,"tools":[{"name":"W"}]}""", "tools[0].input_schema" },
        { $$$$"""{"messages":{{{{Hello}}}},"max_tokens":1,"tool_choice":{"type":"some"}}""", "tool_choice.type" },
        { $$$$"""{"messages":{{{{Hello}}}},"max_tokens":9,"thinking":{"type":"enabled","budget_tokens":9}}""", "thinking.budget_tokens" },
        { $$$$"""{"messages":{{{{Hello}}}},"max_tokens":9,"output_config":{"format":{"type":"xml"}}}""", "output_config.format.type" },
    };

    public static TheoryData<string> Sentences() => [.. Carried.Keys];

    [Theory]
    [MemberData(nameof(Sentences))]
    public void Carries(string sentence)
    {
        (string message, string chat) = Carried[sentence];
        (string written, GatewayError? error) = DialectText.OfMessage(message);
        Assert.Null(error);
        JsonObject expected = JsonNode.Parse(chat)!.AsObject();
        expected.Insert(0, "model", "chat");
        Assert.Equal(expected.ToJsonString(), JsonNode.Parse(written)!.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Refuses_by_name(string message, string field)
    {
        GatewayError? error = DialectText.OfMessage(message).Error;
        Assert.Equal((400, field), (error?.Status, error?.Param));
        Assert.Contains($"\"{field}\"", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_are_counted_of_what_becomes_the_prompt()
    {
        (string written, GatewayError? error) = DialectText.OfMessage(
            $$$$"""{"system":"s","messages":{{{{Hello}}}},"tools":[{"name":"W","input_schema":{"type":"object"}}]}""", counts: true);
        Assert.Null(error);
        Assert.Equal(
            """{"model":"chat","messages":[{"role":"system","content":"s"},{"role":"user","content":"hi"}]"""
                + ""","tools":[{"type":"function","function":{"name":"W","parameters":{"type":"object"}}}]}""",
            written);
    }
}
