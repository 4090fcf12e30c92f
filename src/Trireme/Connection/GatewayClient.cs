using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Trireme.Contracts.Http;
using Trireme.Contracts.OpenAi;

namespace Trireme.Connection;

/// <summary>Streams chats through the gateway.</summary>
internal sealed class GatewayClient : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="baseUrl">OpenAI base URL.</param>
    /// <param name="apiKey">Sent as the bearer token.</param>
    /// <param name="certificateFile">PEM file with a certificate to trust on top of those this machine trusts.</param>
    public GatewayClient(string baseUrl, string apiKey, string? certificateFile = null)
    {
        SocketsHttpHandler handler = PinnedCertificate.Handler(certificateFile);
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
        handler.UseCookies = false;
        _http = new HttpClient(handler) { BaseAddress = new Uri(baseUrl.TrimEnd('/') + "/"), Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
    }

    /// <summary>Sends a chat and returns once the answer's headers are there.</summary>
    /// <exception cref="OpenAiException">The gateway refused the request.</exception>
    public async Task<ChatAnswer> ChatAsync(ChatCompletionRequest request, string? session, CancellationToken cancellationToken)
    {
        string body = JsonSerializer.Serialize(request with { Stream = true }, OpenAiJson.Options);
        using var message = new HttpRequestMessage(HttpMethod.Post, "chat/completions")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (session is not null) message.Headers.Add(TriremeHeaders.SessionId, session);

        HttpResponseMessage response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode) return new ChatAnswer(response);
        using (response)
        {
            throw await OpenAiException.FromResponseAsync(response, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>An answer that is being streamed.</summary>
internal sealed class ChatAnswer(HttpResponseMessage response) : IDisposable
{
    /// <summary>Release that answers, such as "tiny-v1@0123456789ab".</summary>
    public string? Release { get; } =
        response.Headers.TryGetValues(TriremeHeaders.Release, out IEnumerable<string>? values) ? values.First() : null;

    public async IAsyncEnumerable<ChatCompletionChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (ChatCompletionChunk chunk in OpenAiStream.ReadAsync(stream, cancellationToken)) yield return chunk;
    }

    public void Dispose() => response.Dispose();
}
