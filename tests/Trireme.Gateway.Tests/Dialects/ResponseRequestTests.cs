using System.Text;
using System.Text.Json.Nodes;
using Trireme.Gateway.Dialects.Responses;
using Trireme.Gateway.Surface;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Dialects;

public class ResponseRequestTests
{
    private const string Hello = """[{"role":"user","content":"hi"}]""";

    /// <summary>Fields of a response beside the model, and those of the chat completion that it becomes.</summary>
    private static readonly Dictionary<string, (string Response, string Chat)> Carried = new()
    {
        ["A text is what the user says"] = (
            """{"input":"hi","max_output_tokens":9,"temperature":0}""",
            $$$$"""{"messages":{{{{Hello}}}},"max_tokens":9,"temperature":0}"""),
        ["Instructions come first"] = (
            """{"input":"hi","instructions":"Be brief."}""",
            """{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}]}"""),
        ["Parts are texts of either side"] = (
            """
            {"input":[{"type":"message","role":"developer","content":[{"type":"input_text","text":"a"}]},
              {"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"b",
                "annotations":[]},{"type":"refusal","refusal":"c"}]},
              {"role":"user","content":[{"type":"input_image","image_url":"https://a/b","detail":"low"}]}]}
            """,
            """
            {"messages":[{"role":"developer","content":[{"type":"text","text":"a"}]},
              {"role":"assistant","content":[{"type":"text","text":"b"},{"type":"text","text":"c"}]},
              {"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a/b","detail":"low"}}]}]}
            """),
        ["What an assistant thought, said and called is one message"] = (
            """
            {"input":[{"role":"user","content":"Ulm?"},
              {"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hm"},{"type":"reasoning_text","text":"so"}]},
              {"role":"assistant","content":"I look."},
              {"type":"function_call","call_id":"c1","name":"W","arguments":"{\"city\":\"Ulm\"}","id":"fc_1"},
              {"type":"function_call","call_id":"c2","name":"V","arguments":"{}"},
              {"type":"function_call_output","call_id":"c1","output":"sun"},
              {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"x"}]}]}
            """,
            """
            {"messages":[{"role":"user","content":"Ulm?"},
              {"role":"assistant","reasoning_content":"hm\nso","content":"I look.","tool_calls":[
                {"type":"function","id":"c1","function":{"name":"W","arguments":"{\"city\":\"Ulm\"}"}},
                {"type":"function","id":"c2","function":{"name":"V","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"c1","content":"sun"},
              {"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"x"}]}]}
            """),
        ["Calls without words have no content"] = (
            """
            {"input":[{"type":"function_call","call_id":"c1","name":"W","arguments":"{}"},
              {"type":"function_call_output","call_id":"c1","output":""},
              {"type":"reasoning","encrypted_content":"zzz","summary":[]},{"role":"assistant","content":"a"},
              {"role":"assistant","content":"b"}]}
            """,
            """
            {"messages":[{"role":"assistant","content":null,"tool_calls":[
                {"type":"function","id":"c1","function":{"name":"W","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"c1","content":""},
              {"role":"assistant","content":"a"},{"role":"assistant","content":"b"}]}
            """),
        ["Tools get the object that a chat has around them"] = (
            """
            {"input":"hi","tools":[{"type":"function","name":"W","description":"w","parameters":{"type":"object"},"strict":true}],
             "tool_choice":{"type":"function","name":"W"},"parallel_tool_calls":false}
            """,
            $$$$"""
            {"messages":{{{{Hello}}}},
             "tools":[{"type":"function","function":{"name":"W","description":"w","parameters":{"type":"object"},"strict":true}}],
             "tool_choice":{"type":"function","function":{"name":"W"}},"parallel_tool_calls":false}
            """),
        ["Some of the tools can be allowed"] = (
            """{"input":"hi","tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"W"}]}}""",
            $$$$"""
            {"messages":{{{{Hello}}}},"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto",
              "tools":[{"type":"function","function":{"name":"W"}}]}}}
            """),
        ["A schema"] = (
            """{"input":"hi","text":{"verbosity":"low","format":{"type":"json_schema","name":"C","schema":{"a":1},"strict":true}}}""",
            $$$$"""
            {"messages":{{{{Hello}}}},
             "response_format":{"type":"json_schema","json_schema":{"name":"C","schema":{"a":1},"strict":true}}}
            """),
        ["Log-probabilities, effort and truncation"] = (
            """
            {"input":"hi","include":["message.output_text.logprobs","reasoning.encrypted_content"],"top_logprobs":2,
             "reasoning":{"effort":"low","summary":"auto"},"truncation":"auto"}
            """,
            $$$$"""
            {"messages":{{{{Hello}}}},"logprobs":true,"top_logprobs":2,"truncate_prompt_tokens":-1,"reasoning_effort":"low"}
            """),
        ["What vLLM takes beside, and what only informs"] = (
            """
            {"input":"hi","stream":true,"stream_options":{"include_obfuscation":false},"stop":["x"],"seed":7,"store":false,
             "metadata":{"a":"b"},"service_tier":"auto","background":false,"max_tool_calls":3,"n":1,"anything":1}
            """,
            $$$$"""
            {"messages":{{{{Hello}}}},"stop":["x"],"seed":7,"stream":true,
              "stream_options":{"include_usage":true,"continuous_usage_stats":true} }
            """),
    };

    /// <summary>Fields of a response, and the field that is refused.</summary>
    public static TheoryData<string, string> Refused => new()
    {
        { "{}", "input" },
        { """{"input":{}}""", "input" },
        { """{"input":["hi"]}""", "input[0]" },
        { """{"input":[{"role":"tool","content":"hi"}]}""", "input[0].role" },
        { """{"input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]}""", "input[0].content[0].type" },
        { """{"input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]}""", "input[0].content[0].file_id" },
        { """{"input":[{"type":"web_search_call"}]}""", "input[0].type" },
        { """{"input":[{"type":"function_call","call_id":"c","name":"f"}]}""", "input[0].arguments" },
        { """{"input":[{"type":"function_call_output","output":"x"}]}""", "input[0].call_id" },
        { """{"input":[{"type":"item_reference","id":"msg_none"}]}""", "input[0]" },
        { """{"input":"hi","background":true}""", "background" },
        { """{"input":"hi","conversation":"c"}""", "conversation" },
        { """{"input":"hi","prompt":{"id":"p"}}""", "prompt" },
        { """{"input":"hi","messages":[]}""", "" },
        { """{"input":"hi","messages":[1]}""", "messages" },
        { """{"input":"hi","max_tokens":5}""", "max_tokens" },
        { """{"input":"hi","n":2}""", "n" },
        { """{"input":"hi","store":"no"}""", "store" },
        { """{"input":"hi","previous_response_id":7}""", "previous_response_id" },
        { """{"input":"hi","max_output_tokens":0}""", "max_output_tokens" },
        { """{"input":"hi","include":["foo"]}""", "include[0]" },
        { """{"input":"hi","truncation":"some"}""", "truncation" },
        { """{"input":"hi","tools":[{"type":"web_search"}]}""", "tools[0].type" },
        { """{"input":"hi","tool_choice":{"type":"file_search"}}""", "tool_choice" },
        { """{"input":"hi","text":{"format":{"type":"json_schema","schema":{}}}}""", "text.format.name" },
    };

    public static TheoryData<string> Sentences() => [.. Carried.Keys];

    [Theory]
    [MemberData(nameof(Sentences))]
    public void Carries(string sentence)
    {
        (string response, string chat) = Carried[sentence];
        (string written, GatewayError? error) = DialectText.OfResponse(response);
        Assert.Null(error);
        JsonObject expected = JsonNode.Parse(chat)!.AsObject();
        expected.Insert(0, "model", "chat");
        Assert.Equal(expected.ToJsonString(), JsonNode.Parse(written)!.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Refuses_by_name(string response, string field)
    {
        GatewayError? error = DialectText.OfResponse(response).Error;
        if (field.Length == 0)
        {
            Assert.Null(error);
            return;
        }

        Assert.True(error?.Status is 400 or 404, response);
        Assert.Equal(field, error!.Param);
    }

    [Fact]
    public void A_response_goes_on_from_all_that_went_into_the_one_before_and_what_it_said()
    {
        var previous = new KeptResponse
        {
            Owner = "o",
            Id = "resp_1",
            Model = "chat",
            Created = DateTimeOffset.UnixEpoch,
            Input = Encoding.UTF8.GetBytes(
                """[{"id":"a","type":"message","role":"user","content":[{"type":"input_text","text":"I am Bo."}]}]"""),
            Response = Encoding.UTF8.GetBytes(
                """{"output":[{"id":"b","type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi Bo."}]}]}"""),
        };
        (string written, GatewayError? error) = DialectText.OfResponse(
            """{"input":"Who am I?","instructions":"Be brief.","previous_response_id":"resp_1"}""", previous);
        Assert.Null(error);
        Assert.Equal(
            """[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"I am Bo."}]},"""
                + """{"role":"assistant","content":[{"type":"text","text":"Hi Bo."}]},{"role":"user","content":"Who am I?"}]""",
            JsonNode.Parse(written)!["messages"]!.ToJsonString());
    }
}
