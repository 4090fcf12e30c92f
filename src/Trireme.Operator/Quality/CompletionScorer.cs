using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Trireme.Operator.Quality;

/// <summary>Asks an engine over the OpenAI interface how likely it finds a given text.</summary>
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
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(engine.Endpoint + "/v1/completions"))
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

        return BitsPerByte(await response.Content.ReadAsByteArrayAsync(cancellationToken), text);
    }

    public void Dispose() => _http.Dispose();

    internal static double BitsPerByte(byte[] answer, string text)
    {
        CompletionAnswer? parsed;
        try
        {
            parsed = JsonSerializer.Deserialize<CompletionAnswer>(answer, Options);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException("the answer is not the JSON of a completion", exception);
        }

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

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private sealed record CompletionRequest(string Model, string Prompt, int MaxTokens, bool Echo, int Logprobs, double Temperature);

    private sealed record CompletionAnswer(IReadOnlyList<CompletionChoice?>? Choices);

    private sealed record CompletionChoice(CompletionLogprobs? Logprobs);

    private sealed record CompletionLogprobs(IReadOnlyList<double?>? TokenLogprobs);
}
