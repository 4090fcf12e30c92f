using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Requests whose answers are JSON. The expected status is checked with the answer's text as the message.</summary>
internal sealed class Api(HttpClient http) : IDisposable
{
    public HttpClient Http => http;

    public Task<JsonObject> GetAsync(string path, int expect = 200, string? accept = null) =>
        SendAsync(HttpMethod.Get, path, null, expect, accept: accept);

    public Task<JsonObject> PostAsync(string path, JsonNode body, int expect = 201) => SendAsync(HttpMethod.Post, path, body, expect);

    public Task<JsonObject> PutAsync(string path, JsonNode body, int expect = 200) => SendAsync(HttpMethod.Put, path, body, expect);

    public Task<JsonObject> DeleteAsync(string path, JsonNode? options = null, int expect = 200) =>
        SendAsync(HttpMethod.Delete, path, options, expect);

    public Task<JsonObject> MergeAsync(string path, JsonNode patch, int expect = 200) =>
        SendAsync(HttpMethod.Patch, path, patch, expect, "application/merge-patch+json");

    public Task<JsonObject> StrategicMergeAsync(string path, JsonNode patch, int expect = 200) =>
        SendAsync(HttpMethod.Patch, path, patch, expect, "application/strategic-merge-patch+json");

    public Task<JsonObject> JsonPatchAsync(string path, JsonNode patch, int expect = 200) =>
        SendAsync(HttpMethod.Patch, path, patch, expect, "application/json-patch+json");

    public Task<JsonObject> ApplyAsync(string path, JsonNode config, string manager, bool force = false, int expect = 200)
    {
        string query = $"?fieldManager={manager}" + (force ? "&force=true" : "");
        return SendAsync(HttpMethod.Patch, path + query, config, expect, "application/apply-patch+yaml");
    }

    public async Task<JsonObject> SendAsync(
        HttpMethod method, string path, JsonNode? body, int expect, string contentType = "application/json", string? accept = null)
    {
        (int code, string text, _) = await SendTextAsync(method, path, body?.ToJsonString(), contentType, accept);
        Assert.True(code == expect, $"{method} {path} answered {code} instead of {expect}: {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    public async Task<(int Code, string Text, HttpResponseHeaders Headers)> SendTextAsync(
        HttpMethod method, string path, string? body, string contentType = "application/json", string? accept = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using HttpResponseMessage response = await http.SendAsync(request, cancellation);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellation), response.Headers);
    }

    public void Dispose() => http.Dispose();
}
