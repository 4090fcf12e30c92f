using System.CommandLine;
using Trireme.Connection;
using Trireme.Contracts.OpenAi;

namespace Trireme.Commands;

internal static class ChatCommand
{
    public static Command Create()
    {
        var connection = new GatewayConnection();
        var service = new Argument<string>("SERVICE") { Description = "Name of the ModelService." };
        var prompt = new Argument<string[]>("PROMPT")
        {
            Description = "What to say; a conversation is started when absent.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var system = new Option<string>("--system") { Description = "System message.", HelpName = "TEXT" };
        var temperature = new Option<float?>("--temperature") { Description = "0 always takes the likeliest word.", HelpName = "NUMBER" };
        var maxTokens = new Option<int?>("--max-tokens") { Description = "Longest answer in tokens.", HelpName = "N" };
        var seed = new Option<long?>("--seed") { Description = "Makes the answer repeatable.", HelpName = "N" };

        var command = new Command("chat", "Talk to a model in the terminal.") { service, prompt, system, temperature, maxTokens, seed };
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
            if (once.Length == 0) return await ConverseAsync(gateway, request, cancellationToken);
            await AnswerAsync(gateway, Say(request, ChatMessage.User(once)), cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<int> ConverseAsync(GatewayClient gateway, ChatCompletionRequest request, CancellationToken cancellationToken)
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
            string answer = await AnswerAsync(gateway, request, cancellationToken, session);
            request = Say(request, ChatMessage.Assistant(answer));
        }
    }

    private static ChatCompletionRequest Say(ChatCompletionRequest request, ChatMessage message) =>
        request with { Messages = [.. request.Messages!, message] };

    private static async Task<string> AnswerAsync(
        GatewayClient gateway,
        ChatCompletionRequest request,
        CancellationToken cancellationToken,
        string? session = null)
    {
        var text = new System.Text.StringBuilder();
        string? finish = null;
        try
        {
            using ChatAnswer answer = await gateway.ChatAsync(request, session, cancellationToken);
            await foreach (ChatCompletionChunk chunk in answer.ReadAsync(cancellationToken))
            {
                if (chunk.Choices.Count == 0) continue;
                string? delta = chunk.Choices[0].Delta.Content;
                text.Append(delta);
                await Console.Out.WriteAsync(delta);
                await Console.Out.FlushAsync(cancellationToken);
                finish = chunk.Choices[0].FinishReason ?? finish;
            }
        }
        catch (OpenAiException exception)
        {
            throw new CommandException(exception.Message, ExitCode.Failure, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new CommandException($"the gateway does not answer: {exception.Message}", ExitCode.Unreachable, exception);
        }
        finally
        {
            await Console.Out.WriteLineAsync();
        }

        if (finish is null) throw new CommandException("the answer was cut before its end");
        return text.ToString();
    }
}
