using System.Text;
using Trireme.Contracts.OpenAi;
using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Views;

/// <summary>A chat in the playground, kept while its page is open.</summary>
internal sealed class Conversation
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

    /// <summary>Asks and appends the answer as it comes; a stopped answer stays as far as it came.</summary>
    public async Task AskAsync(PlaygroundClient client, string service, string message, float temperature, int maxTokens, Action changed)
    {
        _turns.Add(new Turn { FromUser = true, Text = message });
        var request = new ChatCompletionRequest
        {
            Model = service,
            Temperature = temperature,
            MaxTokens = maxTokens,
            Messages = [.. _turns.Select(turn => turn.FromUser ? ChatMessage.User(turn.Text) : ChatMessage.Assistant(turn.Text))],
        };
        var answer = new Turn { Streaming = true };
        _turns.Add(answer);
        Error = null;
        _answer = new CancellationTokenSource();
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
            if (answer.Text.Length == 0) _turns.Remove(answer);
        }
        finally
        {
            answer.Streaming = false;
            _answer.Dispose();
            _answer = null;
            changed();
        }
    }

    private async Task StreamAsync(
        PlaygroundClient client,
        ChatCompletionRequest request,
        Turn answer,
        Action changed,
        CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        long start = time.GetTimestamp();
        double? first = null;
        int parts = 0;
        var text = new StringBuilder();
        string? release = null;
        await foreach (AnswerPart part in client.AskAsync(request, _session, cancellationToken))
        {
            release ??= part.Release;
            if (part.Text.Length == 0) continue;
            first ??= time.GetElapsedTime(start).TotalSeconds;
            parts++;
            answer.Text = text.Append(part.Text).ToString();
            changed();
        }

        double elapsed = time.GetElapsedTime(start).TotalSeconds;
        answer.Note = $"{release} · first token {Format.Seconds(first)} · {parts} parts in {Format.Seconds(elapsed)}";
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
