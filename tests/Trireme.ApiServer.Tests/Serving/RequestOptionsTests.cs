using System.Text.Json.Nodes;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Parameters that contradict each other or mean nothing, refused in the words that were recorded of Kubernetes 1.37.</summary>
public sealed class RequestOptionsTests(SharedServer shared)
{
    private const string DryRun = "dryRun: Unsupported value: [\"Some\"]: supported values: \"All\"";
    private const string Validation =
        "fieldValidation: Unsupported value: \"Bogus\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"";

    private Api Api => shared.Api;

    public static TheoryData<string, string> Lists => new()
    {
        {
            "resourceVersionMatch=Exact",
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
        },
        {
            "resourceVersion=0&resourceVersionMatch=Exact",
            "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""
        },
        {
            "resourceVersion=5&resourceVersionMatch=Bogus",
            "resourceVersionMatch: Unsupported value: \"Bogus\": supported values: \"Exact\", \"NotOlderThan\", \"\""
        },
        { "sendInitialEvents=true", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list" },
        {
            "watch=1&sendInitialEvents=true",
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        },
        {
            "watch=1&sendInitialEvents=true&resourceVersionMatch=Exact",
            "[resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, "
            + "resourceVersionMatch: Unsupported value: \"Exact\": supported values: \"NotOlderThan\"]"
        },
        {
            "watch=1&resourceVersionMatch=NotOlderThan",
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Parameters_of_a_list_or_watch_that_do_not_go_together_are_refused(string query, string problem)
    {
        JsonObject status = await Api.GetAsync($"{ConfigMaps("default")}?{query}", expect: 422);
        Assert.Equal("ListOptions.meta.k8s.io \"\" is invalid: " + problem, status.Message());
        Assert.Equal(
            ("Invalid", "meta.k8s.io", "ListOptions"),
            ((string?)status["reason"], (string?)status["details"]!["group"], (string?)status["details"]!["kind"]));
    }

    [Theory]
    [InlineData("/api/v1/namespaces/default/configmaps", 405)]
    [InlineData("/api/v1/nosuch", 404)]
    [InlineData("/version", 200)]
    [InlineData("/readyz", 200)]
    public async Task A_HEAD_is_answered_without_a_body_in_both_versions_of_http(string path, int code)
    {
        foreach (Version version in (Version[])[new(1, 1), new(2, 0)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, path)
            {
                Version = version,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using HttpResponseMessage response = await Api.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((code, version), ((int)response.StatusCode, response.Version));
            Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("POST", "fieldValidation=Bogus", "CreateOptions", Validation)]
    [InlineData("POST", "dryRun=Some", "CreateOptions", DryRun)]
    [InlineData("PUT", "dryRun=Some", "UpdateOptions", DryRun)]
    [InlineData("PATCH", "dryRun=Some", "PatchOptions", DryRun)]
    public async Task Parameters_of_a_write_that_mean_nothing_are_refused(string method, string query, string kind, string problem)
    {
        string path = ConfigMaps("default", method == "POST" ? "" : "a") + "?" + query;
        JsonObject status = await Api.SendAsync(HttpMethod.Parse(method), path, ConfigMap("a"), expect: 422);
        Assert.Equal($"{kind}.meta.k8s.io \"\" is invalid: {problem}", status.Message());
    }
}
