using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Components.Pages;
using Trireme.Dashboard.Components.Parts;
using Trireme.Dashboard.Fleet;

namespace Trireme.Dashboard.Tests.Components;

public sealed class PageTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private FleetServer _server = null!;
    private DashboardContext _context = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FleetServer.StartAsync();
        _context = new DashboardContext(_server);
    }

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public void The_fleet_page_waits_for_its_first_look()
    {
        _server.QueryHangs = static _ => true;
        Assert.Single(_context.Render<FleetPage>().FindAll(".loading"));
    }

    [Fact]
    public void An_empty_fleet_tells_how_to_begin()
    {
        IRenderedComponent<FleetPage> page = _context.Render<FleetPage>();
        page.WaitForAssertion(
            () => Assert.Contains("./trireme apply -f samples/tiny.yaml", page.Markup, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public void The_fleet_page_lists_its_services()
    {
        _server.Services = [Samples.Service(status: Samples.Status())];
        IRenderedComponent<FleetPage> page = _context.Render<FleetPage>();
        page.WaitForAssertion(() => Assert.Equal("services/default/tiny", page.Find("td.head a").GetAttribute("href")), Patience);
        Assert.Equal("2 of 2", page.Find("td[data-label='Replicas']").TextContent.Trim());
    }

    [Fact]
    public void The_playground_offers_the_services_that_chat()
    {
        _server.Services = [Samples.Service("linear"), Samples.Service()];
        ModelReplica replica = Samples.Replica(ReplicaPhase.Ready);
        EngineSpec onnx = new() { Name = EngineSpec.Onnx };
        _server.Replicas = [replica, replica with { Spec = replica.Spec with { Service = "linear", Engine = onnx } }];
        IRenderedComponent<PlaygroundPage> page = _context.Render<PlaygroundPage>();
        page.WaitForAssertion(() => Assert.Equal("tiny", page.Find(".settings select").TextContent.Trim()), Patience);
    }

    [Fact]
    public void A_silent_source_is_named_and_nothing_pretends_to_be_empty()
    {
        _server.ApiBroken = true;
        _server.TelemetryBroken = true;
        IRenderedComponent<FleetPage> page = _context.Render<FleetPage>();
        page.WaitForAssertion(() => Assert.Contains("the store is closed", page.Markup, StringComparison.Ordinal), Patience);
        Assert.Contains("too many samples", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("No services yet", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void The_service_page_drops_the_charts_of_the_service_before()
    {
        _server.Services = [Samples.Service("a"), Samples.Service("b")];
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        _server.QueryResults = $$"""[{"metric":{"release":"first"},"value":[{{now}},"5"],"values":[[{{now - 20}},"5"]]}]""";
        IRenderedComponent<ServicePage> page =
            _context.Render<ServicePage>(p => p.Add(c => c.Namespace, "default").Add(c => c.Name, "a"));
        page.WaitForAssertion(() => Assert.Contains(page.FindComponents<LineChart>(), IsDrawn), Patience);

        _server.TelemetryBroken = true;
        page.Render(p => p.Add(c => c.Namespace, "default").Add(c => c.Name, "b"));
        Assert.DoesNotContain(page.FindComponents<LineChart>(), IsDrawn);

        static bool IsDrawn(IRenderedComponent<LineChart> chart) => !chart.Instance.Chart.IsEmpty;
    }

    [Fact]
    public void A_chart_that_cannot_be_read_says_so_and_the_others_are_drawn()
    {
        ServeOneService();
        _server.QueryIsBroken = static query => query == Expressions.FleetTokens(10);
        IRenderedComponent<FleetPage> page = _context.Render<FleetPage>();
        page.WaitForAssertion(() => Assert.Single(page.FindAll(".panel-problem")), Patience);
        Assert.Contains("Cannot be read: too many samples.", page.Find(".panel-problem").TextContent, StringComparison.Ordinal);
        Assert.Contains("Generated tokens", page.Find(".panel-problem").ParentElement!.TextContent, StringComparison.Ordinal);
        Assert.Equal(3, page.FindAll("svg.plane").Count);
        Assert.DoesNotContain("The metrics do not answer", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_cannot_be_read_is_named()
    {
        ServeOneService();
        _server.QueryIsBroken = static query => query == Expressions.TtftP95;
        IRenderedComponent<FleetPage> page = _context.Render<FleetPage>();
        page.WaitForAssertion(() => Assert.Single(page.FindAll(".panel-problem")), Patience);
        Assert.Contains("TTFT p95 cannot be read: too many samples.", page.Find(".panel-problem").TextContent, StringComparison.Ordinal);
        Assert.Equal("5.0", page.Find("td[data-label='Requests/s']").TextContent);
    }

    [Fact]
    public void A_chart_of_a_service_that_cannot_be_read_leaves_the_others()
    {
        ServeOneService();
        string broken = Expressions.ReleaseItl("default", "tiny", 10);
        _server.QueryIsBroken = query => query == broken;
        IRenderedComponent<ServicePage> page =
            _context.Render<ServicePage>(p => p.Add(c => c.Namespace, "default").Add(c => c.Name, "tiny"));
        page.WaitForAssertion(
            () =>
            {
                Assert.Equal(3, page.FindAll("svg.plane").Count);
                string panel = Assert.Single(page.FindAll(".panel-problem")).ParentElement!.TextContent;
                Assert.Contains("Inter-token latency", panel, StringComparison.Ordinal);
            },
            Patience);
    }

    [Fact]
    public async Task Queries_of_a_page_that_was_left_are_cancelled()
    {
        ServeOneService();
        string slow = Expressions.ReleaseItl("default", "tiny", 10);
        _server.QueryHangs = query => query == slow;
        IRenderedComponent<ServicePage> page =
            _context.Render<ServicePage>(p => p.Add(c => c.Namespace, "default").Add(c => c.Name, "tiny"));
        await _server.QueryHung.Task.WaitAsync(Patience, TimeProvider.System, Xunit.TestContext.Current.CancellationToken);
        page.Instance.Dispose();
        await _server.QueryAborted.Task.WaitAsync(Patience, TimeProvider.System, Xunit.TestContext.Current.CancellationToken);
    }

    [Fact]
    public void An_unknown_service_is_said_to_be_unknown()
    {
        IRenderedComponent<ServicePage> page =
            _context.Render<ServicePage>(p => p.Add(c => c.Namespace, "default").Add(c => c.Name, "nobody"));
        page.WaitForAssertion(() => Assert.Contains("There is no service default/nobody", page.Markup, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task A_page_that_was_left_is_not_drawn_again()
    {
        IRenderedComponent<FleetPage> page = _context.Render<FleetPage>();
        page.WaitForAssertion(() => Assert.Contains("No services yet", page.Markup, StringComparison.Ordinal), Patience);
        int drawn = page.RenderCount;
        page.Instance.Dispose();

        var polled = new TaskCompletionSource<FleetOverview>();
        using IDisposable other = _context.Services.GetRequiredService<FleetPoller>().Subscribe(snapshot => polled.TrySetResult(snapshot));
        await polled.Task.WaitAsync(Patience, TimeProvider.System, Xunit.TestContext.Current.CancellationToken);
        Assert.Equal(drawn, page.RenderCount);
    }

    private void ServeOneService()
    {
        _server.Services = [Samples.Service(status: Samples.Status())];
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        const string Metric = """{"namespace":"default","service":"tiny","release":"v1"}""";
        _server.QueryResults = $$"""[{"metric":{{Metric}},"value":[{{now}},"5"],"values":[[{{now - 20}},"5"]]}]""";
    }
}
