using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Components.Pages;
using Trireme.Dashboard.Fleet;
using Trireme.Dashboard.Logs;
using Trireme.Testing;

namespace Trireme.Dashboard.Tests.Components;

public sealed class LogPageTests : FleetPages
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogs _logs = new();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Context.Services.AddSingleton<TimeProvider>(_time);
        Context.Services.AddSingleton<IReplicaLogs>(_logs);
    }

    [Fact]
    public async Task The_last_lines_are_shown_and_new_ones_follow_until_a_person_stops_it()
    {
        IRenderedComponent<LogPage> page = Render();
        page.WaitForAssertion(() => Assert.Equal("one\ntwo\n", page.Find(".log").TextContent), Patience);
        _logs.New = ["<three>"];
        _time.Advance(TimeSpan.FromSeconds(1));
        page.WaitForAssertion(() => Assert.Equal("one\ntwo\n<three>\n", page.Find(".log").TextContent), Patience);

        await page.InvokeAsync(() => page.Find("input[type=checkbox]").Change(false));
        int reads = _logs.Reads;
        _logs.New = ["four"];
        _time.Advance(TimeSpan.FromSeconds(1));

        // The next look is the first one since.
        await page.InvokeAsync(() => page.Find("input[type=checkbox]").Change(true));
        _time.Advance(TimeSpan.FromSeconds(1));
        page.WaitForAssertion(() => Assert.EndsWith("four\n", page.Find(".log").TextContent, StringComparison.Ordinal), Patience);
        Assert.Equal(reads + 1, _logs.Reads);
    }

    [Fact]
    public void What_cannot_be_read_is_said_in_words()
    {
        _logs.Problem = "no process of tiny-aa-1 has ended yet";
        IRenderedComponent<LogPage> page = Render();
        page.WaitForAssertion(
            () => Assert.Equal("no process of tiny-aa-1 has ended yet.", page.Find(".alert.warning").TextContent), Patience);
        Assert.Empty(page.FindAll(".log"));
    }

    [Fact]
    public async Task The_process_before_is_opened_on_demand()
    {
        IRenderedComponent<LogPage> page = Render();
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll(".log")), Patience);
        await page.InvokeAsync(() => page.FindAll(".segments button")[1].Click());
        page.WaitForAssertion(() => Assert.Equal("ended\n", page.Find(".log").TextContent), Patience);
        Assert.Empty(page.FindAll("input[type=checkbox]"));
    }

    /// <summary>Whoever reads why a replica ended wants back to its service, which the fleet no longer tells.</summary>
    [Fact]
    public async Task The_way_back_leads_to_the_service_of_the_replica_and_stays_when_the_replica_is_gone()
    {
        Server.Replicas = [Samples.Replica(ReplicaPhase.Ready)];
        IRenderedComponent<LogPage> page = Render();
        page.WaitForAssertion(() => Assert.Equal(["/", "services/default/tiny"], Way(page)), Patience);
        Assert.Equal("Logs of tiny-aa-1", page.Find(".crumbs [aria-current]").TextContent);

        Server.Replicas = [];
        await SeeNoReplicaAsync(page);
        Assert.Equal(["/", "services/default/tiny"], Way(page));
    }

    [Fact]
    public void From_the_log_of_a_replica_that_nobody_knows_the_way_leads_to_the_fleet() => Assert.Equal(["/"], Way(Render()));

    private static IEnumerable<string?> Way(IRenderedComponent<LogPage> page) =>
        page.FindAll(".crumbs a").Select(link => link.GetAttribute("href"));

    /// <summary>Waits until the fleet was read without replicas and the page was told of it.</summary>
    private async Task SeeNoReplicaAsync(IRenderedComponent<LogPage> page)
    {
        bool isSeen = false;
        FleetPoller poller = Context.Services.GetRequiredService<FleetPoller>();
        using IDisposable behindThePage = poller.Subscribe(fleet => Volatile.Write(ref isSeen, fleet.Replicas.Count == 0));
        await Eventually.True("a look at the fleet", Patience, () =>
        {
            _time.Advance(FleetPoller.Interval);
            return Task.FromResult(Volatile.Read(ref isSeen));
        });
        await page.InvokeAsync(static () => { });
    }

    private IRenderedComponent<LogPage> Render() =>
        Context.Render<LogPage>(p => p.Add(c => c.Namespace, "default").Add(c => c.Replica, "tiny-aa-1"));

    private sealed class FakeLogs : IReplicaLogs, IReplicaLog
    {
        private bool _previous;

        public string? Problem { get; set; }

        public IReadOnlyList<string> New { get; set; } = [];

        public int Reads { get; private set; }

        public IReplicaLog Open(string @namespace, string replica, bool previous)
        {
            _previous = previous;
            return Problem is { } problem ? throw new IOException(problem) : this;
        }

        public IReadOnlyList<string> ReadLast(int lines) => _previous ? ["ended"] : ["one", "two"];

        public IReadOnlyList<string> ReadNew()
        {
            Reads++;
            IReadOnlyList<string> lines = New;
            New = [];
            return lines;
        }
    }
}
