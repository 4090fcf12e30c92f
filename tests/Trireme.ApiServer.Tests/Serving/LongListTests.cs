using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Lists that no client may make the server hold whole.</summary>
public sealed class LongListTests(SharedServer shared)
{
    private const int Count = 24;
    private const int Large = 400_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Api Api => shared.Api;

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io")]
    public async Task A_list_of_many_pages_is_one_answer_of_one_state_however_slowly_it_is_read(string accept)
    {
        string ns = await FilledAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, ConfigMaps(ns));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using HttpResponseMessage response = await Api.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);

        // The last page is not read before the client has taken others: what is deleted meanwhile belongs to the list all the same.
        await Api.DeleteAsync(ConfigMaps(ns, Name(Count - 1)));
        await Api.PostAsync(ConfigMaps(ns), Meta("v1", "ConfigMap", "zzz"));
        JsonObject list = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!.AsObject();
        JsonArray items = (list["items"] ?? list["rows"])!.AsArray();
        Assert.Equal(Enumerable.Range(0, Count).Select(Name), items.Select(item => NameOf(item!)));
        Assert.Null(list["metadata"]!["continue"]);
        Assert.Null(list["metadata"]!["remainingItemCount"]);
    }

    [Fact]
    public async Task A_page_of_large_objects_ends_before_its_limit_and_says_how_to_go_on()
    {
        string ns = await FilledAsync();
        var seen = new List<string>();
        string next = "";
        do
        {
            JsonObject page = await Api.GetAsync($"{ConfigMaps(ns)}?limit=500{next}");
            Assert.InRange(page["items"]!.AsArray().Count, 1, 12);
            seen.AddRange(page["items"]!.AsArray().Select(item => NameOf(item!)));
            next = (string?)page["metadata"]!["continue"] is { } token ? "&continue=" + token : "";
        }
        while (next.Length > 0);
        Assert.Equal(Enumerable.Range(0, Count).Select(Name), seen);
    }

    [Fact]
    public async Task A_watch_shows_all_that_is_there_at_its_start()
    {
        string ns = await FilledAsync();
        await using WatchClient watch = await WatchClient.StartAsync(Api, ConfigMaps(ns), "");
        for (int i = 0; i < Count; i++) Assert.Equal("ADDED " + Name(i), await watch.NextNameAsync());
    }

    [Fact]
    public async Task Long_answers_come_without_line_breaks_and_not_as_yaml()
    {
        string ns = await FilledAsync();
        (int code, string text, _) = await Api.SendTextAsync(HttpMethod.Get, ConfigMaps(ns) + "?pretty=true", null);
        Assert.Equal((200, false), (code, text.Contains('\n', StringComparison.Ordinal)));
        using var request = new HttpRequestMessage(HttpMethod.Get, ConfigMaps(ns));
        request.Headers.TryAddWithoutValidation("Accept", "application/yaml");
        using HttpResponseMessage yaml = await Api.Http.SendAsync(request, Cancel);
        Assert.Equal(413, (int)yaml.StatusCode);
        Assert.Contains("ask for JSON, or for less by limit", await yaml.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_reads_none_of_his_answers_gets_no_more_and_keeps_out_nobody_else()
    {
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(options => Access.TestAccess.To(options) with
        {
            Limits = options.Limits with
            {
                MaxAnswers = 8, AnswerPatience = TimeSpan.FromMilliseconds(300), AnswerTimeout = TimeSpan.FromSeconds(5),
            },
        });
        using var api = new Api(server.CreateClient());
        for (int i = 0; i < Count; i++) await api.PostAsync(ConfigMaps("default"), LargeObject(i));
        var stalled = new List<HttpResponseMessage>();
        for (int i = 0; i < 2; i++)
        {
            stalled.Add(await api.Http.GetAsync(
                new Uri(ConfigMaps("default"), UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancel));
        }

        (int code, string text, _) = await api.SendTextAsync(HttpMethod.Get, ConfigMaps("default") + "?limit=1", null);
        Assert.Equal(429, code);
        Assert.Contains("too many answers to this user", text, StringComparison.Ordinal);
        using var other = new HttpRequestMessage(HttpMethod.Get, ConfigMaps("default") + "?limit=1");
        other.Headers.Add("Impersonate-User", "somebody-else");
        other.Headers.Add("Impersonate-Group", "system:masters");
        using HttpResponseMessage answered = await api.Http.SendAsync(other, Cancel);
        Assert.Equal(200, (int)answered.StatusCode);

        // In time they are cut off, although they hold on.
        await Testing.Eventually.True(
            "the turns are free again",
            TimeSpan.FromSeconds(30),
            async () => (await api.SendTextAsync(HttpMethod.Get, ConfigMaps("default") + "?limit=1", null)).Code == 200,
            Cancel);
        foreach (HttpResponseMessage response in stalled)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync(Cancel));
            response.Dispose();
        }
    }

    private async Task<string> FilledAsync()
    {
        string ns = await shared.NewNamespaceAsync();
        for (int i = 0; i < Count; i++) await Api.PostAsync(ConfigMaps(ns), LargeObject(i));
        return ns;
    }

    private static JsonObject LargeObject(int index)
    {
        JsonObject made = Meta("v1", "ConfigMap", Name(index));
        made["data"] = new JsonObject { ["text"] = new string('x', Large) };
        return made;
    }

    private static string Name(int index) => $"m{index:00}";

    private static string NameOf(JsonNode item) => (string)(item["metadata"] ?? item["object"]!["metadata"])!["name"]!;
}
