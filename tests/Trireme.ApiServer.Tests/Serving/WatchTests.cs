using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Trireme.ApiServer.Hosting;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

public sealed class WatchTests(SharedServer shared)
{
    private Api Api => shared.Api;

    [Fact]
    public async Task A_watch_from_a_list_misses_nothing()
    {
        string ns = await shared.NewNamespaceAsync();
        string revision = (await Api.GetAsync(ConfigMaps(ns))).Version();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("before"));
        await using WatchClient watch = await WatchClient.StartAsync(Api, ConfigMaps(ns), $"resourceVersion={revision}");
        Assert.Equal("ADDED before", await watch.NextNameAsync());

        await Api.MergeAsync(ConfigMaps(ns, "before"), Parse("""{"data":{"a":"b"}}"""));
        Assert.Equal("MODIFIED before", await watch.NextNameAsync());
        await Api.DeleteAsync(ConfigMaps(ns, "before"));
        JsonObject deleted = (await watch.NextAsync())!;
        Assert.Equal("DELETED", (string?)deleted["type"]);
        Assert.Equal("b", (string?)deleted["object"]!["data"]!["a"]);
    }

    [Fact]
    public async Task A_watch_without_a_revision_begins_with_what_is_there()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        await using WatchClient watch = await WatchClient.StartAsync(Api, ConfigMaps(ns), "timeoutSeconds=60");
        Assert.Equal("ADDED a", await watch.NextNameAsync());
    }

    [Fact]
    public async Task The_end_of_initial_events_is_marked()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        const string Query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
        await using WatchClient watch = await WatchClient.StartAsync(Api, ConfigMaps(ns), Query);
        Assert.Equal("ADDED a", await watch.NextNameAsync());
        JsonObject bookmark = (await watch.NextAsync())!;
        Assert.Equal("BOOKMARK", (string?)bookmark["type"]);
        Assert.Equal("true", (string?)bookmark["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]);
        await Api.GetAsync(ConfigMaps(ns) + "?watch=true&sendInitialEvents=true", expect: 422);
    }

    [Fact]
    public async Task An_object_that_stops_matching_is_deleted_for_the_watcher()
    {
        string ns = await shared.NewNamespaceAsync();
        string revision = (await Api.GetAsync(ConfigMaps(ns))).Version();
        await using WatchClient watch = await WatchClient.StartAsync(Api, ConfigMaps(ns), $"resourceVersion={revision}&labelSelector=on");
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        await Api.MergeAsync(ConfigMaps(ns, "a"), Parse("""{"metadata":{"labels":{"on":"1"}}}"""));
        await Api.MergeAsync(ConfigMaps(ns, "a"), Parse("""{"metadata":{"labels":{"on":"2"}}}"""));
        await Api.MergeAsync(ConfigMaps(ns, "a"), Parse("""{"metadata":{"labels":null}}"""));
        await Api.DeleteAsync(ConfigMaps(ns, "a"));
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("b").With("labels", Parse("""{"on":"3"}""")));
        Assert.Equal("ADDED a", await watch.NextNameAsync());
        Assert.Equal("MODIFIED a", await watch.NextNameAsync());
        Assert.Equal("DELETED a", await watch.NextNameAsync());
        Assert.Equal("ADDED b", await watch.NextNameAsync());
    }

    [Fact]
    public async Task A_watch_of_one_name_sees_that_object_only()
    {
        string ns = await shared.NewNamespaceAsync();
        string revision = (await Api.GetAsync(ConfigMaps(ns))).Version();
        await using WatchClient watch = await WatchClient.StartAsync(
            Api, ConfigMaps(ns), $"resourceVersion={revision}&fieldSelector=metadata.name%3Db");
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("b"));
        Assert.Equal("ADDED b", await watch.NextNameAsync());
    }

    [Fact]
    public async Task A_watch_ends_when_its_time_is_up()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(options => options with { Time = time });
        using var api = new Api(server.CreateClient());
        // The headers come once the watch counts its time.
        await using WatchClient watch = await WatchClient.StartAsync(api, ConfigMaps("default"), "resourceVersion=1&timeoutSeconds=300");
        time.Advance(TimeSpan.FromSeconds(299));
        await api.PostAsync(ConfigMaps("default"), ConfigMap("in-time"));
        Assert.Equal("ADDED in-time", await watch.NextNameAsync());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task Quiet_watches_get_bookmarks_that_can_be_resumed_from()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(options => options with { Time = time });
        using var api = new Api(server.CreateClient());
        await using WatchClient watch = await WatchClient.StartAsync(
            api, ConfigMaps("default"), "resourceVersion=1&allowWatchBookmarks=true");
        // The secret is invisible to this watch, but the bookmark moves past it.
        JsonObject secret = await api.PostAsync("/api/v1/namespaces/default/secrets", Map("""{"metadata":{"name":"s"}}"""));
        JsonObject bookmark;
        do
        {
            Task<JsonObject?> next = watch.NextAsync();
            await Testing.Eventually.True("the interval passes", TimeSpan.FromSeconds(10), () =>
            {
                time.Advance(TimeSpan.FromMinutes(1));
                return Task.FromResult(next.IsCompleted);
            }, TestContext.Current.CancellationToken);
            bookmark = (await next)!;
            Assert.Equal("BOOKMARK", (string?)bookmark["type"]);
        }
        while (bookmark["object"]!.AsObject().Version() != secret.Version());
    }

    [Fact]
    public async Task A_revision_older_than_the_history_is_expired()
    {
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(
            options => options with { Limits = new() { HistoryLength = 5 } });
        using var api = new Api(server.CreateClient());
        for (int i = 0; i < 12; i++) await api.PostAsync(ConfigMaps("default"), ConfigMap($"m{i}"));
        await using WatchClient watch = await WatchClient.StartAsync(api, ConfigMaps("default"), "resourceVersion=1");
        JsonObject error = (await watch.NextAsync())!;
        Assert.Equal("ERROR", (string?)error["type"]);
        Assert.Equal(410, (int)error["object"]!["code"]!);
        Assert.Equal("Expired", (string?)error["object"]!["reason"]);
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_is_ended_and_counted_and_blocks_nobody()
    {
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(
            options => options with { Limits = new() { WatchQueueLength = 10 } });
        using var api = new Api(server.CreateClient());
        await using WatchClient watch = await WatchClient.StartAsync(api, ConfigMaps("default"), "resourceVersion=1");
        var large = new string('x', 512 * 1024);
        for (int i = 0; i < 60; i++) await api.PostAsync(ConfigMaps("default"), ConfigMap($"m{i}", ("a", large)));

        const string Counted = "apiserver_terminated_watchers_total{resource=\"configmaps\"} 1";
        await Testing.Eventually.True(
            "the watcher is dropped",
            TimeSpan.FromSeconds(10),
            () => Task.FromResult(server.Metrics.ToText().Contains(Counted, StringComparison.Ordinal)),
            TestContext.Current.CancellationToken);

        // Once it reads again, it is told that it must list again.
        JsonObject? last = null;
        while (await watch.NextAsync() is { } next) last = next;
        Assert.Equal("ERROR", (string?)last!["type"]);
        Assert.Equal(410, (int)last["object"]!["code"]!);
        Assert.Equal("Expired", (string?)last["object"]!["reason"]);
    }

    [Fact]
    public async Task A_watcher_that_lies_too_many_bytes_behind_is_ended_although_the_changes_are_few()
    {
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(
            options => options with { Limits = new() { WatchQueueBytes = 4 << 20 } });
        using var api = new Api(server.CreateClient());
        await using WatchClient watch = await WatchClient.StartAsync(api, ConfigMaps("default"), "resourceVersion=1");
        var large = new string('x', 1_000_000);
        for (int i = 0; i < 75; i++) await api.PostAsync(ConfigMaps("default"), ConfigMap($"m{i}", ("a", large)));
        await Testing.Eventually.True(
            "the watcher is dropped",
            TimeSpan.FromSeconds(10),
            () => Task.FromResult(server.Metrics.ToText().Contains(
                "apiserver_terminated_watchers_total{resource=\"configmaps\"} 1", StringComparison.Ordinal)),
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_limit_bounds_open_watches()
    {
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(
            options => options with { Limits = new() { MaxWatches = 1 } });
        using var api = new Api(server.CreateClient());
        await using WatchClient watch = await WatchClient.StartAsync(api, ConfigMaps("default"), "resourceVersion=1");
        JsonObject status = await api.GetAsync(ConfigMaps("default") + "?watch=true", expect: 429);
        Assert.Equal(1, (int)status["details"]!["retryAfterSeconds"]!);
    }

    [Fact]
    public async Task A_stopping_server_ends_its_watches()
    {
        EmbeddedApiServer server = await SharedServer.StartAnotherAsync(options => options);
        using var api = new Api(server.CreateClient());
        await using WatchClient watch = await WatchClient.StartAsync(api, ConfigMaps("default"), "resourceVersion=1");
        await server.DisposeAsync();
        Assert.Null(await watch.NextAsync());
    }
}
