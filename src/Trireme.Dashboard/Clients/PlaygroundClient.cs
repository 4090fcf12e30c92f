using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Trireme.Contracts.Http;
using Trireme.Contracts.OpenAi;

namespace Trireme.Dashboard.Clients;

/// <summary>Talks to models through the gateway, as any client does.</summary>
internal sealed class PlaygroundClient : IDisposable
{
    private readonly HttpClient _http;

    public PlaygroundClient(DashboardOptions options)
    {
        _http = new HttpClient(options.GatewayHandler()) { BaseAddress = options.Gateway, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.ApiKey);
    }

    /// <summary>Streams an answer; the first part names the release that gives it.</summary>
    /// <exception cref="OpenAiException">The gateway refused, or the answer failed midway.</exception>
    public async IAsyncEnumerable<AnswerPart> AskAsync(
        ChatCompletionRequest request,
        string session,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string body = JsonSerializer.Serialize(AsStream(request), OpenAiJson.Options);
        using var message = new HttpRequestMessage(HttpMethod.Post, "chat/completions")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        message.Headers.Add(TriremeHeaders.SessionId, session);
        using HttpResponseMessage response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode) throw await OpenAiException.FromResponseAsync(response, cancellationToken);

        string? release = response.Headers.TryGetValues(TriremeHeaders.Release, out IEnumerable<string>? values) ? values.First() : null;
        yield return new AnswerPart("", release, null);
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (ChatCompletionChunk chunk in OpenAiStream.ReadAsync(stream, cancellationToken))
        {
            string text = chunk.Choices.Count == 0 ? "" : chunk.Choices[0].Delta.Content ?? "";
            yield return new AnswerPart(text, release, chunk.Usage?.CompletionTokens);
        }
    }

    /// <summary>The request as it is sent, with the counts of tokens at the end.</summary>
    public static ChatCompletionRequest AsStream(ChatCompletionRequest request) =>
        request with { Stream = true, StreamOptions = new StreamOptions { IncludeUsage = true } };

    public void Dispose() => _http.Dispose();
}

/// <summary>What one event of a stream adds; the last one tells how many tokens the answer took.</summary>
internal sealed record AnswerPart(string Text, string? Release, int? Tokens);
