using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Trireme.ApiServer.Hosting;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

public sealed class EventExpiryTests
{
    private const string Events = "/api/v1/namespaces/default/events";

    [Fact]
    public async Task Old_events_go_and_recently_seen_ones_stay()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(
            options => options with { Time = time, Limits = new() { EventRetention = TimeSpan.FromMinutes(30) } });
        using var api = new Api(server.CreateClient());
        await api.PostAsync(Events, Happened("old", time.GetUtcNow()));
        await api.PostAsync(Events, Happened("seen-again", time.GetUtcNow()));

        int count = 0;
        await GoneAsync(api, time, "old", async () =>
        {
            // Seen again every minute, as a controller counts what it tells.
            await api.MergeAsync($"{Events}/seen-again", new JsonObject { ["count"] = ++count });
        });
        await api.GetAsync($"{Events}/seen-again");
    }

    /// <summary>The times in events are those of clocks, and clocks are set.</summary>
    [Theory]
    [InlineData("one from long ago", -400)]
    [InlineData("one of a clock that went ahead", 400)]
    public async Task An_event_is_as_old_as_the_server_has_had_it(string sentence, int days)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(
            options => options with { Time = time, Limits = new() { EventRetention = TimeSpan.FromMinutes(30) } });
        using var api = new Api(server.CreateClient());
        await api.PostAsync(Events, Happened("first", time.GetUtcNow()));
        int minutes = 0;
        await GoneAsync(api, time, "first", async () =>
        {
            // Posted ten minutes later, it is to be there when the first one goes.
            if (++minutes == 10) await api.PostAsync(Events, Happened("odd", time.GetUtcNow().AddDays(days)));
        });
        Assert.True(minutes >= 30, sentence);
        await api.GetAsync($"{Events}/odd");
        await GoneAsync(api, time, "odd");
    }

    [Fact]
    public async Task Beyond_the_limit_the_oldest_events_go()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(
            options => options with { Time = time, Limits = new() { MaxEvents = 2, EventRetention = TimeSpan.FromDays(365) } });
        using var api = new Api(server.CreateClient());
        for (int i = 0; i < 3; i++) await api.PostAsync(Events, Happened($"e{i}", time.GetUtcNow().AddSeconds(i)));

        await GoneAsync(api, time, "e0");
        await api.GetAsync($"{Events}/e1");
        await api.GetAsync($"{Events}/e2");
    }

    private static Task GoneAsync(Api api, FakeTimeProvider time, string name, Func<Task>? everyMinute = null) =>
        Eventually.True($"the event {name} is gone", TimeSpan.FromSeconds(10), async () =>
        {
            time.Advance(TimeSpan.FromMinutes(1));
            if (everyMinute is not null) await everyMinute();
            return (await api.SendTextAsync(HttpMethod.Get, $"{Events}/{name}", null)).Code == 404;
        }, TestContext.Current.CancellationToken);

    private static JsonObject Happened(string name, DateTimeOffset at)
    {
        JsonObject happened = Meta("v1", "Event", name);
        happened["involvedObject"] = new JsonObject { ["kind"] = "ModelService", ["name"] = "tiny" };
        happened["lastTimestamp"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return happened;
    }
}
