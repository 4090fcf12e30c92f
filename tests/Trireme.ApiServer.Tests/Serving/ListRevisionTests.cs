using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Of which state a list is.</summary>
public sealed class ListRevisionTests(SharedServer shared)
{
    private Api Api => shared.Api;

    [Theory]
    [InlineData("")]
    [InlineData("&labelSelector=paged%3Dyes")]
    [InlineData("&labelSelector=paged")]
    public async Task All_pages_are_of_the_state_of_the_first_whatever_is_written_in_between(string selector)
    {
        string ns = await shared.NewNamespaceAsync();
        for (int i = 0; i < 6; i++) await Api.PostAsync(ConfigMaps(ns), Paged($"m{i}", "1"));
        JsonObject page = await Api.GetAsync($"{ConfigMaps(ns)}?limit=2{selector}");
        string version = page.Version();
        var seen = new List<string>(Shown(page));

        await Api.DeleteAsync(ConfigMaps(ns, "m2"));
        await Api.MergeAsync(ConfigMaps(ns, "m3"), Parse("""{"data":{"v":"2"},"metadata":{"labels":{"paged":null}}}"""));
        await Api.PostAsync(ConfigMaps(ns), Paged("m2b", "1"));
        await Api.DeleteAsync(ConfigMaps(ns, "m5"));
        await Api.PostAsync(ConfigMaps(ns), Paged("m5", "3"));
        while ((string?)page["metadata"]!["continue"] is { Length: > 0 } next)
        {
            page = await Api.GetAsync($"{ConfigMaps(ns)}?limit=2{selector}&continue={next}");
            Assert.Equal(version, page.Version());
            seen.AddRange(Shown(page));
        }

        Assert.Equal(["m0=1", "m1=1", "m2=1", "m3=1", "m4=1", "m5=1"], seen);
    }

    [Fact]
    public async Task What_remains_is_counted_as_it_was()
    {
        string ns = await shared.NewNamespaceAsync();
        for (int i = 0; i < 6; i++) await Api.PostAsync(ConfigMaps(ns), Paged($"m{i}", "1"));
        JsonObject first = await Api.GetAsync($"{ConfigMaps(ns)}?limit=2");
        Assert.Equal(4, (int)first["metadata"]!["remainingItemCount"]!);
        await Api.DeleteAsync(ConfigMaps(ns, "m4"));
        await Api.PostAsync(ConfigMaps(ns), Paged("m9", "1"));
        await Api.PostAsync(ConfigMaps(ns), Paged("m8", "1"));
        JsonObject second = await Api.GetAsync($"{ConfigMaps(ns)}?limit=2&continue={first["metadata"]!["continue"]}");
        Assert.Equal(2, (int)second["metadata"]!["remainingItemCount"]!);
    }

    [Theory]
    [InlineData("&resourceVersionMatch=Exact")]
    [InlineData("&limit=10")]
    public async Task A_list_of_a_revision_is_of_that_one(string how)
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), Paged("a", "1"));
        string version = (await Api.GetAsync(ConfigMaps(ns))).Version();
        await Api.MergeAsync(ConfigMaps(ns, "a"), Parse("""{"data":{"v":"2"}}"""));
        await Api.PostAsync(ConfigMaps(ns), Paged("b", "1"));
        JsonObject then = await Api.GetAsync($"{ConfigMaps(ns)}?resourceVersion={version}{how}");
        Assert.Equal((version, "a=1"), (then.Version(), string.Join(' ', Shown(then))));
        JsonObject now = await Api.GetAsync($"{ConfigMaps(ns)}?resourceVersion={version}&resourceVersionMatch=NotOlderThan");
        Assert.Equal("a=2 b=1", string.Join(' ', Shown(now)));
    }

    [Fact]
    public async Task A_revision_that_was_never_reached_is_refused_to_lists_and_reads()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), Paged("a", "1"));
        foreach (string path in (string[])
            [
                ConfigMaps(ns, "a") + "?resourceVersion=999999999",
                ConfigMaps(ns) + "?resourceVersion=999999999",
                ConfigMaps(ns) + "?resourceVersion=999999999&resourceVersionMatch=Exact",
                ConfigMaps(ns) + "?watch=1&resourceVersion=999999999&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
            ])
        {
            JsonObject status = await Api.GetAsync(path, expect: 504);
            Assert.Equal("ResourceVersionTooLarge", (string?)status["details"]!["causes"]![0]!["reason"]);
        }

        await Api.GetAsync(ConfigMaps(ns, "a") + "?resourceVersion=0");
        await Api.GetAsync(ConfigMaps(ns, "a") + "?resourceVersion=x", expect: 400);
        await Api.GetAsync(ConfigMaps(ns) + "?resourceVersion=-1", expect: 400);
        Assert.Single((await Api.GetAsync(ConfigMaps(ns) + "?limit=-1"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_token_from_before_the_history_is_refused_with_one_that_goes_on_now()
    {
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(
            options => options with { Limits = options.Limits with { HistoryLength = 20 } });
        using var api = new Api(server.CreateClient());
        for (int i = 0; i < 4; i++) await api.PostAsync(ConfigMaps("default"), Paged($"m{i}", "1"));
        JsonObject first = await api.GetAsync(ConfigMaps("default") + "?limit=2");
        for (int i = 0; i < 60; i++) await api.MergeAsync(ConfigMaps("default", "m3"), Parse($$$"""{"data":{"v":"{{{i}}}"}}"""));
        JsonObject expired = await api.GetAsync($"{ConfigMaps("default")}?limit=2&continue={first["metadata"]!["continue"]}", expect: 410);
        Assert.Equal("Expired", (string?)expired["reason"]);
        JsonObject rest = await api.GetAsync($"{ConfigMaps("default")}?limit=2&continue={expired["metadata"]!["continue"]}");
        Assert.Equal("m2=1 m3=59", string.Join(' ', Shown(rest)));
        Assert.True(Number(rest.Version()) > Number(first.Version()));
        await api.GetAsync($"{ConfigMaps("default")}?resourceVersion={first.Version()}&resourceVersionMatch=Exact", expect: 410);
    }

    [Fact]
    public async Task A_token_says_the_revision_itself()
    {
        string ns = await shared.NewNamespaceAsync();
        for (int i = 0; i < 3; i++) await Api.PostAsync(ConfigMaps(ns), Paged($"m{i}", "1"));
        JsonObject page = await Api.GetAsync(ConfigMaps(ns) + "?limit=1");
        string path = $"{ConfigMaps(ns)}?limit=1&continue={page["metadata"]!["continue"]}";
        await Api.GetAsync(path + "&resourceVersion=" + page.Version(), expect: 400);
        await Api.GetAsync(path + "&resourceVersion=0");
    }

    private static JsonObject Paged(string name, string value) =>
        ConfigMap(name, ("v", value)).With("labels", Parse("""{"paged":"yes"}"""));

    private static IEnumerable<string> Shown(JsonObject list) =>
        list["items"]!.AsArray().Select(item => $"{item!["metadata"]!["name"]}={item["data"]!["v"]}");

    private static long Number(string version) => long.Parse(version, CultureInfo.InvariantCulture);
}
