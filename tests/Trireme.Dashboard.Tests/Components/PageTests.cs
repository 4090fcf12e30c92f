using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Components.Pages;
using Trireme.Dashboard.Components.Parts;
using Trireme.Dashboard.Fleet;

namespace Trireme.Dashboard.Tests.Components;

public sealed class PageTests : FleetPages
{
    [Fact]
    public void The_fleet_page_waits_for_its_first_look()
    {
        Server.QueryHangs = static _ => true;
        Assert.Single(Context.Render<FleetPage>().FindAll(".loading"));
    }

    [Fact]
    public void An_empty_fleet_tells_how_to_begin()
    {
        IRenderedComponent<FleetPage> page = Context.Render<FleetPage>();
        page.WaitForAssertion(
            () => Assert.Contains("./trireme apply -f samples/tiny.yaml", page.Markup, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public void The_fleet_page_lists_its_services()
    {
        Server.Services = [Samples.Service(status: Samples.Status())];
        IRenderedComponent<FleetPage> page = Context.Render<FleetPage>();
        page.WaitForAssertion(() => Assert.Equal("services/default/tiny", page.Find("td.head a").GetAttribute("href")), Patience);
        Assert.Equal("2 of 2", page.Find("td[data-label='Replicas']").TextContent.Trim());
    }

    [Fact]
    public void The_playground_offers_the_services_that_chat()
    {
        Server.Services = [Samples.Service("linear"), Samples.Service()];
        ModelReplica replica = Samples.Replica(ReplicaPhase.Ready);
        EngineSpec onnx = new() { Name = EngineSpec.Onnx };
        Server.Replicas = [replica, replica with { Spec = replica.Spec with { Service = "linear", Engine = onnx } }];
        IRenderedComponent<PlaygroundPage> page = Context.Render<PlaygroundPage>();
        page.WaitForAssertion(() => Assert.Equal("tiny", page.Find(".settings select").TextContent.Trim()), Patience);
    }

    [Fact]
    public void A_playground_without_a_service_says_where_one_comes_from()
    {
        IRenderedComponent<PlaygroundPage> page = Context.Render<PlaygroundPage>();
        page.WaitForAssertion(() => Assert.Equal("/", page.Find(".chat a").GetAttribute("href")), Patience);
        Assert.Contains("No service here answers chats yet.", page.Find(".chat").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_silent_source_is_named_and_nothing_pretends_to_be_empty()
    {
        Server.ApiBroken = true;
        Server.TelemetryBroken = true;
        IRenderedComponent<FleetPage> page = Context.Render<FleetPage>();
        page.WaitForAssertion(() => Assert.Contains("the store is closed", page.Markup, StringComparison.Ordinal), Patience);
        Assert.Contains("too many samples", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("No services yet", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void The_service_page_drops_the_charts_of_the_service_before()
    {
        Server.Services = [Samples.Service("a"), Samples.Service("b")];
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Server.QueryResults = $$"""[{"metric":{"release":"first"},"value":[{{now}},"5"],"values":[[{{now - 20}},"5"]]}]""";
        IRenderedComponent<ServicePage> page =
            Context.Render<ServicePage>(p => p.Add(c => c.Namespace, "default").Add(c => c.Name, "a"));
        page.WaitForAssertion(() => Assert.Contains(page.FindComponents<LineChart>(), IsDrawn), Patience);

        Server.TelemetryBroken = true;
        page.Render(p => p.Add(c => c.Namespace, "default").Add(c => c.Name, "b"));
        Assert.DoesNotContain(page.FindComponents<LineChart>(), IsDrawn);

        static bool IsDrawn(IRenderedComponent<LineChart> chart) => !chart.Instance.Chart.IsEmpty;
    }

    [Fact]
    public void A_chart_that_cannot_be_read_says_so_and_the_others_are_drawn()
    {
        ServeOneService();
        Server.QueryIsBroken = static query => query == Expressions.FleetTokens(10);
        IRenderedComponent<FleetPage> page = Context.Render<FleetPage>();
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
        Server.QueryIsBroken = static query => query == Expressions.TtftP95;
        IRenderedComponent<FleetPage> page = Context.Render<FleetPage>();
        page.WaitForAssertion(() => Assert.Single(page.FindAll(".panel-problem")), Patience);
        Assert.Contains("TTFT p95 cannot be read: too many samples.", page.Find(".panel-problem").TextContent, StringComparison.Ordinal);
        Assert.Equal("5.0", page.Find("td[data-label='Requests/s']").TextContent);
    }

    [Fact]
    public void A_chart_of_a_service_that_cannot_be_read_leaves_the_others()
    {
        ServeOneService();
        string broken = Expressions.ReleaseItl("default", "tiny", 10);
        Server.QueryIsBroken = query => query == broken;
        IRenderedComponent<ServicePage> page =
            Context.Render<ServicePage>(p => p.Add(c => c.Namespace, "default").Add(c => c.Name, "tiny"));
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
        Server.QueryHangs = query => query == slow;
        IRenderedComponent<ServicePage> page =
            Context.Render<ServicePage>(p => p.Add(c => c.Namespace, "default").Add(c => c.Name, "tiny"));
        await Server.QueryHung.Task.WaitAsync(Patience, TimeProvider.System, Xunit.TestContext.Current.CancellationToken);
        page.Instance.Dispose();
        await Server.QueryAborted.Task.WaitAsync(Patience, TimeProvider.System, Xunit.TestContext.Current.CancellationToken);
    }

    [Fact]
    public void An_unknown_service_is_said_to_be_unknown()
    {
        IRenderedComponent<ServicePage> page =
            Context.Render<ServicePage>(p => p.Add(c => c.Namespace, "default").Add(c => c.Name, "nobody"));
        page.WaitForAssertion(() => Assert.Contains("There is no service default/nobody", page.Markup, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task A_page_that_was_left_is_not_drawn_again()
    {
        IRenderedComponent<FleetPage> page = Context.Render<FleetPage>();
        page.WaitForAssertion(() => Assert.Contains("No services yet", page.Markup, StringComparison.Ordinal), Patience);
        int drawn = page.RenderCount;
        page.Instance.Dispose();

        var polled = new TaskCompletionSource<FleetOverview>();
        using IDisposable other = Context.Services.GetRequiredService<FleetPoller>().Subscribe(snapshot => polled.TrySetResult(snapshot));
        await polled.Task.WaitAsync(Patience, TimeProvider.System, Xunit.TestContext.Current.CancellationToken);
        Assert.Equal(drawn, page.RenderCount);
    }

    private void ServeOneService()
    {
        Server.Services = [Samples.Service(status: Samples.Status())];
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        const string Metric = """{"namespace":"default","service":"tiny","release":"v1"}""";
        Server.QueryResults = $$"""[{"metric":{{Metric}},"value":[{{now}},"5"],"values":[[{{now - 20}},"5"]]}]""";
    }
}
