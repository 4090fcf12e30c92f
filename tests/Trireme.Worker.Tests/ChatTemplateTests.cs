using System.Net;
using Trireme.Contracts.OpenAi;
using Trireme.Testing;

namespace Trireme.Worker.Tests;

/// <summary>A chat template that is chosen in place of the model's own.</summary>
public sealed class ChatTemplateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_chosen_template_writes_the_prompt_and_tells_how_the_model_calls_functions()
    {
        string file = _folder.File("chat.jinja");
        const string Template = "{{ bos_token }}{% for message in messages %}[{{ message.content }}]{% endfor %}"
            + "{% if tools %}{{ tools }}{% endif %}[TOOL_CALLS]";
        File.WriteAllText(file, Template);
        await using RunningWorker worker = await RunningWorker.StartAsync(options => options with { ChatTemplateFile = file });
        ChatMessage[] messages = [new ChatMessage { Role = "user", Content = "Hi" }];
        Reply tokens = await worker.PostAsync("/tokenize", new TokenizeRequest { Messages = messages });
        var text = new DetokenizeRequest { Tokens = tokens.Read<TokenizeResponse>().Tokens };
        Assert.Equal("<|begin|>[Hi][TOOL_CALLS]", (await worker.PostAsync("/detokenize", text)).Read<DetokenizeResponse>().Prompt);

        const string Call = """
            {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 40, "tool_choice": "required",
             "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]}
            """;
        Reply called = await worker.PostAsync("/v1/chat/completions", Call);
        Assert.Equal(HttpStatusCode.OK, called.Status);
        // Mistral's ids, because the mark is Mistral's; the model's own template is of another family.
        Assert.Matches("^[A-Za-z0-9]{9}$", called.Read<ChatCompletion>().Choices[0].Message.ToolCalls![0].Id);

        // What a deep sleep drops and reads again leaves the template as it is.
        await worker.PostAsync("/sleep?level=2", "{}");
        Assert.Equal(HttpStatusCode.OK, (await worker.PostAsync("/wake_up", "{}")).Status);
        Assert.Equal(tokens.Body, (await worker.PostAsync("/tokenize", new TokenizeRequest { Messages = messages })).Body);
    }

    [Fact]
    public async Task A_worker_whose_template_is_none_ends_at_once()
    {
        string model = TinyModel.Write(_folder.File("tiny"));
        var options = new WorkerOptions { ModelPath = model, ChatTemplateFile = _folder.File("missing.jinja"), KvCacheBytes = 64 << 20 };
        Assert.Equal(WorkerExitCode.CannotServe, await WorkerHost.RunAsync(options, TestContext.Current.CancellationToken));
    }
}
