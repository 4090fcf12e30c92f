using Trireme.Contracts.Resources;
using Trireme.Dashboard.Fleet;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Views;

public sealed class FleetViewTests
{
    [Fact]
    public void The_fleet_is_the_sum_of_its_services_and_the_slowest_first_token()
    {
        FleetOverview snapshot = Samples.Snapshot(
            Samples.Service("b", status: Samples.Status(ready: 2)), Samples.Service("a", status: Samples.Status(ready: 1))) with
        {
            Metrics = new FleetMetrics
            {
                RequestsPerSecond = [Samples.Metric(3, "a"), Samples.Metric(1, "b")],
                FailuresPerSecond = [Samples.Metric(1, "b")],
                TokensPerSecond = [Samples.Metric(30, "a"), Samples.Metric(12, "b")],
                TtftP95 = [Samples.Metric(0.2, "a"), Samples.Metric(0.5, "b")],
            },
        };

        FleetView view = FleetView.From(snapshot);

        Assert.Equal(["a", "b"], view.Services.Select(row => row.Name));
        Assert.Equal((3, 4), (view.ReadyReplicas, view.WantedReplicas));
        Assert.Equal(4, view.RequestsPerSecond);
        Assert.Equal(42, view.TokensPerSecond);
        Assert.Equal(0.5, view.TtftP95Seconds);
        Assert.Equal(0.25, view.ErrorShare);
    }

    [Fact]
    public void A_service_that_is_down_is_missed_and_one_that_sleeps_is_not()
    {
        FleetView view = FleetView.From(Samples.Snapshot(
            Samples.Service("up", status: Samples.Status()),
            Samples.Service("down", status: Samples.Status(ready: 0, failing: "Available")),
            Samples.Service("asleep", replicas: 0, status: Samples.Status(ready: 0))));
        Assert.Equal((1, 2), (view.ServicesAvailable, view.ServicesWanted));
    }

    [Fact]
    public void An_idle_fleet_has_no_share_of_errors_and_no_first_token()
    {
        FleetView view = FleetView.From(Samples.Snapshot(Samples.Service(status: Samples.Status())));
        Assert.Null(view.ErrorShare);
        Assert.Null(view.TtftP95Seconds);
    }

    [Fact]
    public void The_newest_eight_events_are_shown()
    {
        FleetOverview snapshot = Samples.Snapshot() with
        {
            Events = [.. Enumerable.Range(0, 20).Select(i => Samples.Event("ModelService", $"s{i}", minutesAgo: (i * 7) % 20))],
        };
        IEnumerable<DateTimeOffset?> expected = Enumerable.Range(0, 8).Select(i => (DateTimeOffset?)Samples.Now.AddMinutes(-i));
        Assert.Equal(expected, FleetView.From(snapshot).Events.Select(item => item.LastTimestamp));
    }

    [Fact]
    public void What_was_said_again_stands_once_with_its_count()
    {
        FleetOverview snapshot = Samples.Snapshot() with
        {
            Events = [.. Enumerable.Range(0, 5).Select(i => Samples.Event("ModelService", "tiny", minutesAgo: i))],
        };
        Event shown = Assert.Single(FleetView.From(snapshot).Events);
        Assert.Equal((5, (DateTimeOffset?)Samples.Now), (shown.Count, shown.LastTimestamp));
    }

    private static readonly Dictionary<string, (string Kind, string Name, string Namespace, bool Belongs)> Owners = new()
    {
        ["its own events"] = ("ModelService", "tiny", "default", true),
        ["the events of a service of another namespace"] = ("ModelService", "tiny", "elsewhere", false),
        ["the events of its replicas, also of those that are gone"] = ("ModelReplica", "tiny-366f3-r94d9", "default", true),
        ["the events of a replica of a service whose name begins alike"] = ("ModelReplica", "tiny-two-366f3-r94d9", "default", false),
        ["the events of the release it should run"] = ("Release", "tiny-v1", "default", true),
        ["the events of the release it moves to"] = ("Release", "tiny-v2", "default", true),
        ["the events of a release it never ran"] = ("Release", "tiny-v3", "default", false),
    };

    public static TheoryData<string> OwnerCases => [.. Owners.Keys];

    [Theory]
    [MemberData(nameof(OwnerCases))]
    public void A_service_shows_or_leaves_out(string sentence)
    {
        (string kind, string name, string @namespace, bool belongs) = Owners[sentence];
        ModelService service = Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Progressing)));
        IReadOnlyList<Event> shown = ServiceEvents.Of(service, [Samples.Event(kind, name, @namespace: @namespace)]);
        Assert.Equal(belongs, shown.Count == 1);
    }
}
