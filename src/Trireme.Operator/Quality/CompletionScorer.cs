using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Trireme.Operator.Quality;

/// <summary>Asks an engine over the OpenAI interface how likely it finds a given text, and what it answers to a question.</summary>
internal sealed class CompletionScorer : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = 4 << 20,
    };

    /// <summary>
    /// Bits per byte: the negative log2-likelihood of the text over its length in UTF-8. The first token has nothing before it and
    /// is not scored, on either side of a comparison.
    /// </summary>
    /// <exception cref="HttpRequestException">The engine cannot be reached or refuses.</exception>
    /// <exception cref="InvalidDataException">The answer holds no usable log-probabilities.</exception>
    public async Task<double> ScoreAsync(EngineAddress engine, string model, string text, CancellationToken cancellationToken)
    {
        var request = new CompletionRequest(model, text, MaxTokens: 0, Echo: true, Logprobs: 0, Temperature: 0);
        return BitsPerByte(await PostAsync(engine, "/v1/completions", request, cancellationToken), text);
    }

    /// <summary>The most likely answer to a question, of at most so many tokens.</summary>
    /// <exception cref="HttpRequestException">The engine cannot be reached or refuses.</exception>
    /// <exception cref="InvalidDataException">The answer holds no message.</exception>
    public async Task<string> AskAsync(
        EngineAddress engine, string model, string question, int maxTokens, CancellationToken cancellationToken)
    {
        var request = new ChatRequest(model, [new ChatTurn("user", question)], maxTokens, Temperature: 0);
        byte[] answer = await PostAsync(engine, "/v1/chat/completions", request, cancellationToken);
        ChatAnswer? parsed = Parse<ChatAnswer>(answer);
        return parsed?.Choices is [{ Message: { } message }, ..]
            ? message.Content ?? ""
            : throw new InvalidDataException("the answer has no choices[0].message");
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]> PostAsync<T>(EngineAddress engine, string path, T request, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(engine.Endpoint + path))
        {
            Content = JsonContent.Create(request, options: Options),
        };
        if (engine.Key is { } key) message.Headers.Add("Authorization", key.ToAuthorization());
        using HttpResponseMessage response = await _http.SendAsync(message, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            string body = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new HttpRequestException($"the engine answered {(int)response.StatusCode}: {body[..Math.Min(body.Length, 200)]}");
        }

        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    internal static double BitsPerByte(byte[] answer, string text)
    {
        CompletionAnswer? parsed = Parse<CompletionAnswer>(answer);
        IReadOnlyList<double?>? logprobs = parsed?.Choices is [{ Logprobs.TokenLogprobs: { } values }, ..] ? values : null;
        if (logprobs is null) throw new InvalidDataException("the answer has no choices[0].logprobs.token_logprobs");
        double sum = 0;
        int scored = 0;
        foreach (double? logprob in logprobs)
        {
            if (logprob is not { } value) continue;
            sum += value;
            scored++;
        }

        int bytes = Encoding.UTF8.GetByteCount(text);
        if (scored == 0 || bytes == 0 || !double.IsFinite(sum)) throw new InvalidDataException("the answer scores no token");
        return -sum / Math.Log(2) / bytes;
    }

    private static T? Parse<T>(byte[] answer)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(answer, Options);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException("the answer is not the JSON of a completion", exception);
        }
    }

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private sealed record CompletionRequest(string Model, string Prompt, int MaxTokens, bool Echo, int Logprobs, double Temperature);

    private sealed record ChatRequest(string Model, IReadOnlyList<ChatTurn> Messages, int MaxTokens, double Temperature);

    private sealed record ChatTurn(string? Role, string? Content);

    private sealed record ChatAnswer(IReadOnlyList<ChatAnswerChoice?>? Choices);

    private sealed record ChatAnswerChoice(ChatTurn? Message);

    private sealed record CompletionAnswer(IReadOnlyList<CompletionChoice?>? Choices);

    private sealed record CompletionChoice(CompletionLogprobs? Logprobs);

    private sealed record CompletionLogprobs(IReadOnlyList<double?>? TokenLogprobs);
}
