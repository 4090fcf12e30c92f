using System.Text;
using Trireme.Contracts.OpenAi;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Playground;

/// <summary>A chat in the playground, kept while its page is open.</summary>
internal sealed class Conversation(TimeProvider time)
{
    private readonly List<Turn> _turns = [];
    private string _session = NewSession();
    private CancellationTokenSource? _answer;

    public IReadOnlyList<Turn> Turns => _turns;

    public string? Error { get; private set; }

    public bool Busy => _answer is not null;

    public void Stop() => _answer?.Cancel();

    public void Clear()
    {
        _turns.Clear();
        Error = null;
        _session = NewSession();
    }

    /// <summary>
    /// Asks and appends the answer as it comes; a stopped answer stays as far as it came. False when nothing came: then the message
    /// is taken back too, so that it can be sent again without standing there twice.
    /// </summary>
    public async Task<bool> AskAsync(
        PlaygroundClient client,
        Question question,
        Action changed,
        CancellationToken cancellationToken)
    {
        int before = _turns.Count;
        _turns.Add(new Turn { FromUser = true, Text = question.Message });
        ChatCompletionRequest request = RequestOf(question, _turns);
        var answer = new Turn { Streaming = true };
        _turns.Add(answer);
        Error = null;
        _answer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await StreamAsync(client, request, answer, changed, _answer.Token);
        }
        catch (OperationCanceledException)
        {
            answer.Note = "stopped";
        }
        catch (Exception exception) when (exception is OpenAiException or HttpRequestException or IOException)
        {
            Error = exception.Message;
        }
        finally
        {
            answer.Streaming = false;
            _answer.Dispose();
            _answer = null;
        }

        if (answer.Text.Length == 0) _turns.RemoveRange(before, _turns.Count - before);
        changed();
        return answer.Text.Length > 0;
    }

    /// <summary>The request that would be sent now; without a message, the one that the last answer came from.</summary>
    public ChatCompletionRequest Preview(Question question)
    {
        IEnumerable<Turn> turns = question.Message.Length > 0 ? [.. _turns, new Turn { FromUser = true, Text = question.Message }]
            : _turns.Count > 0 ? _turns.SkipLast(1)
            : [new Turn { FromUser = true, Text = "Hello" }];
        return RequestOf(question, turns);
    }

    private static ChatCompletionRequest RequestOf(Question question, IEnumerable<Turn> turns)
    {
        IEnumerable<ChatMessage> said =
            turns.Select(turn => turn.FromUser ? ChatMessage.User(turn.Text) : ChatMessage.Assistant(turn.Text));
        return new ChatCompletionRequest
        {
            Model = question.Service,
            Temperature = question.Temperature,
            MaxTokens = question.MaxTokens,
            Messages = question.System.Length > 0 ? [ChatMessage.System(question.System), .. said] : [.. said],
        };
    }

    private async Task StreamAsync(
        PlaygroundClient client,
        ChatCompletionRequest request,
        Turn answer,
        Action changed,
        CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        double? first = null;
        int? tokens = null;
        var text = new StringBuilder();
        string? release = null;
        await foreach (AnswerPart part in client.AskAsync(request, _session, cancellationToken))
        {
            release ??= part.Release;
            tokens = part.Tokens ?? tokens;
            if (part.Text.Length == 0) continue;
            first ??= time.GetElapsedTime(start).TotalSeconds;
            answer.Text = text.Append(part.Text).ToString();
            changed();
        }

        double elapsed = time.GetElapsedTime(start).TotalSeconds;
        string count = tokens is { } number ? $" · {number} tokens, {Format.Rate(number / elapsed)}/s" : "";
        answer.Note = $"{release ?? "unknown release"} · first token {Format.Seconds(first)}{count} · {Format.Seconds(elapsed)} in all";
    }

    private static string NewSession() => "playground-" + Guid.NewGuid().ToString("n");
}

/// <summary>One message of a conversation.</summary>
internal sealed class Turn
{
    public bool FromUser { get; init; }

    public string Text { get; set; } = "";

    public bool Streaming { get; set; }

    public string? Note { get; set; }
}

/// <summary>A message with what the model is to do with it.</summary>
internal sealed record Question(string Service, string Message, float Temperature, int MaxTokens)
{
    /// <summary>What the model is told before the conversation; nothing where empty.</summary>
    public string System { get; init; } = "";
}
