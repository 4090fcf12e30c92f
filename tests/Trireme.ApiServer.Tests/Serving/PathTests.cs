using System.Text.Json.Nodes;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Paths that a client sends as they are, with what a URL's reader would resolve.</summary>
public sealed class PathTests(SharedServer shared)
{
    [Theory]
    [InlineData("/api/v1/namespaces/{0}/configmaps/.")]
    [InlineData("/api/v1/namespaces/{0}/configmaps/..")]
    [InlineData("/api/v1/namespaces/{0}/configmaps/%2e%2e")]
    [InlineData("/api/v1/namespaces/{0}/configmaps/.%2E/configmaps/kept")]
    [InlineData("/api/v1/namespaces/{0}/configmaps/%2e?propagationPolicy=Background")]
    [InlineData("/api/v1/namespaces/{0}/configmaps//")]
    [InlineData("/api/v1/namespaces/{0}//configmaps/kept")]
    [InlineData("/api/v1//namespaces/{0}/configmaps/kept")]
    [InlineData("//api/v1/namespaces/{0}/configmaps/kept")]
    public async Task A_path_that_would_lead_to_another_object_deletes_nothing(string form)
    {
        string ns = await shared.NewNamespaceAsync();
        await shared.Api.PostAsync($"/api/v1/namespaces/{ns}/configmaps", Meta("v1", "ConfigMap", "kept"));
        foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Delete, HttpMethod.Get])
        {
            (int code, string text) = await SendAsync(method, string.Format(null, form, ns));
            Assert.True(code == 400, $"{method} answered {code}: {text}");
            Assert.StartsWith("a part of the path may not be ", (string?)JsonNode.Parse(text)!["message"], StringComparison.Ordinal);
        }

        JsonObject kept = await shared.Api.GetAsync($"/api/v1/namespaces/{ns}/configmaps/kept");
        Assert.Null(kept["metadata"]!["deletionTimestamp"]);
        Assert.Null((await shared.Api.GetAsync($"/api/v1/namespaces/{ns}"))["metadata"]!["deletionTimestamp"]);
    }

    [Theory]
    [InlineData("/api/v1/namespaces/{0}/configmaps/..%2F..")]
    [InlineData("/api/v1/namespaces/{0}/configmaps/...")]
    public async Task A_name_that_only_looks_like_it_is_not_found(string form)
    {
        string ns = await shared.NewNamespaceAsync();
        Assert.Equal(404, (await SendAsync(HttpMethod.Delete, string.Format(null, form, ns))).Code);
        Assert.Null((await shared.Api.GetAsync($"/api/v1/namespaces/{ns}"))["metadata"]!["deletionTimestamp"]);
    }

    private async Task<(int Code, string Text)> SendAsync(HttpMethod method, string path)
    {
        var asWritten = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        string server = shared.Api.Http.BaseAddress!.GetLeftPart(UriPartial.Authority);
        using var request = new HttpRequestMessage(method, new Uri(server + path, asWritten));
        using HttpResponseMessage response = await shared.Api.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
