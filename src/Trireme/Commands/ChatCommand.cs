using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Contracts.OpenAi;
using Trireme.Output;

namespace Trireme.Commands;

internal static class ChatCommand
{
    public static Command Create()
    {
        var connection = new GatewayConnection();
        var service = new Argument<string>("SERVICE") { Description = "Name of the ModelService." }.OfModel();
        var prompt = new Argument<string[]>("PROMPT")
        {
            Description = "What to say; a conversation is started when absent.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var system = new Option<string>("--system") { Description = "System message.", HelpName = "TEXT" };
        Option<float?> temperature = NumberOption.Optional("--temperature", "0 always takes the likeliest word.", 0f, float.MaxValue);
        Option<int?> maxTokens = NumberOption.Optional("--max-tokens", "Longest answer in tokens.", 1, int.MaxValue);
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Text, OutputFormat.Json);
        Option<long?> seed = NumberOption.Optional("--seed", "Makes the answer repeatable.", long.MinValue, long.MaxValue);

        var command = new Command("chat", "Talk to a model in the terminal.") 
        {
            service, prompt, system, temperature, maxTokens, seed, output,
        };
        service.CompletionSources.Add(connection.Services);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using GatewayClient gateway = connection.Open(parsed);
            var request = new ChatCompletionRequest
            {
                Model = parsed.GetValue(service),
                Messages = parsed.GetValue(system) is { } text ? [ChatMessage.System(text)] : [],
                Temperature = parsed.GetValue(temperature),
                MaxTokens = parsed.GetValue(maxTokens),
                Seed = parsed.GetValue(seed),
            };
            string once = string.Join(' ', parsed.GetValue(prompt)!);
            bool json = parsed.GetValue(output) == OutputFormat.Json;
            if (once.Length == 0) return await ConverseAsync(gateway, request, json, cancellationToken);
            await AnswerAsync(gateway, Say(request, ChatMessage.User(once)), json, cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<int> ConverseAsync(
        GatewayClient gateway, ChatCompletionRequest request, bool json, CancellationToken cancellationToken)
    {
        bool terminal = !Console.IsInputRedirected;
        if (terminal) await Console.Error.WriteLineAsync("Write a message and press Enter; an empty line or Ctrl+D ends.");
        // One session for the conversation, so that a rollout does not change the model between two turns.
        string session = Guid.NewGuid().ToString("n");
        while (true)
        {
            if (terminal) await Console.Error.WriteAsync("> ");
            string? line = await Console.In.ReadLineAsync(cancellationToken);
            if (string.IsNullOrWhiteSpace(line)) return ExitCode.Success;
            request = Say(request, ChatMessage.User(line));
            string answer = await AnswerAsync(gateway, request, json, cancellationToken, session);
            request = Say(request, ChatMessage.Assistant(answer));
        }
    }

    private static ChatCompletionRequest Say(ChatCompletionRequest request, ChatMessage message) =>
        request with { Messages = [.. request.Messages!, message] };

    private static async Task<string> AnswerAsync(
        GatewayClient gateway,
        ChatCompletionRequest request,
        bool json,
        CancellationToken cancellationToken,
        string? session = null)
    {
        // One line of JSON per answer, so that programs can read a conversation as well.
        TextWriter words = json ? TextWriter.Null : Console.Out;
        var text = new System.Text.StringBuilder();
        string? finish = null, release = null;
        try
        {
            using ChatAnswer answer = await gateway.ChatAsync(request, session, cancellationToken);
            release = answer.Release;
            await foreach (ChatCompletionChunk chunk in answer.ReadAsync(cancellationToken))
            {
                if (chunk.Choices.Count == 0) continue;
                string? delta = chunk.Choices[0].Delta.Content;
                text.Append(delta);
                await words.WriteAsync(delta);
                await words.FlushAsync(cancellationToken);
                finish = chunk.Choices[0].FinishReason ?? finish;
            }
        }
        catch (OpenAiException exception)
        {
            throw new CommandException(exception.Message, Code(exception), exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new CommandException($"the gateway does not answer: {exception.Message}", ExitCode.Unreachable, exception);
        }
        finally
        {
            await words.WriteLineAsync();
        }

        if (finish is null) throw new CommandException("the answer was cut before its end");
        if (json) await Console.Out.WriteLineAsync(Line(request.Model, release, text.ToString(), finish));
        return text.ToString();
    }

    private static string Line(string? model, string? release, string content, string finish) => new JsonObject
    {
        ["model"] = model,
        ["release"] = release,
        ["content"] = content,
        ["finishReason"] = finish,
    }.ToJsonString(OpenAiJson.Options);

    private static int Code(OpenAiException exception) => exception.Status switch
    {
        System.Net.HttpStatusCode.NotFound => ExitCode.NotFound,
        System.Net.HttpStatusCode.BadRequest => ExitCode.Invalid,
        _ => ExitCode.Failure,
    };
}
