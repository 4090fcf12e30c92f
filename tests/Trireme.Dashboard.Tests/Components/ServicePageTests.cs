using System.Text.RegularExpressions;
using System.Diagnostics;
using AngleSharp.Dom;
using Bunit;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Components.Pages;
using Trireme.Dashboard.Components.Parts;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Components;

/// <summary>Steering a service from its page, and pages over a large fleet.</summary>
public sealed class ServicePageTests : FleetPages
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Context.JSInterop.SetupVoid("Blazor._internal.domWrapper.focus", _ => true).SetVoidResult();
    }

    [Fact]
    public void Buttons_that_would_do_nothing_are_disabled_with_the_reason()
    {
        Server.Services = [Samples.Service(status: Samples.Status())];
        IRenderedComponent<ServicePage> page = Render("tiny");
        Assert.True(Button(page, "Promote").HasAttribute("disabled"));
        Assert.Equal("No rollout of tiny is under way.", page.Find("#promote-why").TextContent.Trim());
        Assert.True(Button(page, "Undo").HasAttribute("disabled"));
        Assert.Equal(
            "No release has served tiny yet; name the one it should run in spec.release.", page.Find("#undo-why").TextContent.Trim());
    }

    [Fact]
    public async Task A_promotion_is_asked_about_done_once_and_answered()
    {
        ServeMoving();
        IRenderedComponent<ServicePage> page = Render("tiny");
        await ClickAsync(page, "Promote");
        page.WaitForAssertion(() => Assert.Contains("tiny-v2 gets all traffic", page.Find(".confirm").TextContent), Patience);
        Assert.Empty(Server.Writes);
        await ClickAsync(page, "Cancel");
        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".confirm")), Patience);

        await ClickAsync(page, "Promote");
        await ClickAsync(page, "Promote tiny-v2");
        page.WaitForAssertion(
            () => Assert.Contains("gets all traffic once all of them are", page.Find(".alert.good").TextContent), Patience);
        Assert.Contains(TriremeApi.PromoteAnnotation, Assert.Single(Server.Writes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_undo_names_the_release_that_was_chosen()
    {
        ServeMoving();
        Server.Releases = [Samples.UsableRelease("tiny-v0", "sha256:00")];
        IRenderedComponent<ServicePage> page = Render("tiny");
        await page.InvokeAsync(() => page.Find("select").Change("tiny-v0"));
        await ClickAsync(page, "Undo");
        await ClickAsync(page, "Go back to tiny-v0");
        page.WaitForAssertion(
            () => Assert.StartsWith("tiny goes back to tiny-v0: 0 of its ", page.Find(".alert.good").TextContent), Patience);
    }

    [Fact]
    public async Task A_restart_says_what_happens_and_deletes_that_replica()
    {
        ServeMoving();
        IRenderedComponent<ServicePage> page = Render("tiny");
        await ClickAsync(page, "Restart");
        page.WaitForAssertion(() => Assert.Contains("finishes the open ones and ends", page.Find(".confirm").TextContent), Patience);
        Assert.Contains("the only one that answers", page.Find(".confirm").TextContent, StringComparison.Ordinal);
        await ClickAsync(page, "Restart tiny-aa-1");
        page.WaitForAssertion(() => Assert.Contains("another replica takes its place", page.Find(".alert.good").TextContent), Patience);
        Assert.StartsWith("DELETE ", Assert.Single(Server.Writes), StringComparison.Ordinal);
        Assert.Equal("logs/default/tiny-aa-1", page.Find("a[aria-label='Logs of tiny-aa-1']").GetAttribute("href"));
    }

    [Fact]
    public async Task The_span_of_the_charts_can_be_chosen()
    {
        ServeMoving();
        IRenderedComponent<ServicePage> page = Render("tiny");
        await ClickAsync(page, "1 h");
        page.WaitForAssertion(
            () => Assert.Contains(Server.Requests, request => request.Contains("&step=30", StringComparison.Ordinal)), Patience);
        await ClickAsync(page, "all");
        page.WaitForAssertion(() => Assert.Contains(Server.Requests, request => Regex.IsMatch(request, @"&start=\d{1,7}&")), Patience);
        page.WaitForAssertion(() => Assert.Equal("true", Button(page, "all").GetAttribute("aria-pressed")), Patience);
    }

    /// <summary>What a browser is sent is bounded by the page and not by the fleet. The time is printed, and has much room.</summary>
    [Fact]
    public void A_fleet_of_100_services_and_300_replicas_is_drawn_in_pages()
    {
        Server.Services = [.. Enumerable.Range(0, 100).Select(i => Samples.Service($"s{i:00}", replicas: 3, Samples.Status(ready: 3)))];
        Server.Replicas = [.. Enumerable.Range(0, 300).Select(i => Replica($"r{i:000}", service: "s00"))];
        IRenderedComponent<FleetPage> fleet = Context.Render<FleetPage>();
        fleet.WaitForAssertion(() => Assert.Equal(FleetFilter.PageSize, fleet.FindAll("table.rows tbody tr").Count), Patience);
        IRenderedComponent<ServicePage> service = Render("s00");
        Assert.Equal(ReplicaTable.PageSize, service.FindAll("td[data-label='Phase']").Count);

        TimeSpan fleetTime = Redraw(() => fleet.Render());
        TimeSpan serviceTime = Redraw(() => service.Render());
        Xunit.TestContext.Current.TestOutputHelper?.WriteLine(
            $"fleet page {fleetTime.TotalMilliseconds:0.0} ms, {fleet.Markup.Length} characters; "
            + $"service page {serviceTime.TotalMilliseconds:0.0} ms, {service.Markup.Length} characters");
        Assert.InRange(fleet.Markup.Length, 1, 100_000);
        Assert.InRange(service.Markup.Length, 1, 100_000);
        Assert.InRange(fleetTime.TotalSeconds, 0, 1);
        Assert.InRange(serviceTime.TotalSeconds, 0, 1);

        static TimeSpan Redraw(Action render)
        {
            const int Times = 10;
            render();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Times; i++) render();
            return Stopwatch.GetElapsedTime(start) / Times;
        }
    }

    [Fact]
    public async Task Services_are_searched_and_filtered_where_they_stand()
    {
        Server.Services =
        [
            .. Enumerable.Range(0, 40).Select(i => Samples.Service($"s{i:00}", status: Samples.Status())),
            Samples.Service("broken", status: Samples.Status(failing: "Available")),
        ];
        IRenderedComponent<FleetPage> page = Context.Render<FleetPage>();
        page.WaitForAssertion(() => Assert.Equal("broken", page.Find("td.head a").TextContent), Patience);
        Assert.Contains("message of Available", page.Find("td[data-label='State'] .reason").TextContent, StringComparison.Ordinal);
        await page.InvokeAsync(() => page.Find("input[type=search]").Input("s3"));
        page.WaitForAssertion(() => Assert.Equal(10, page.FindAll("td.head").Count), Patience);
        await page.InvokeAsync(() => page.Find("input[type=search]").Input(""));
        await page.InvokeAsync(
            () => page.FindAll(".segments button").Single(button => button.TextContent.Contains("Problems")).Click());
        page.WaitForAssertion(() => Assert.Equal("broken", Assert.Single(page.FindAll("td.head a")).TextContent), Patience);
    }

    private void ServeMoving()
    {
        RolloutStatus rollout = Samples.Rollout(RolloutPhase.Held) with { Id = "m1" };
        ModelServiceStatus status = Samples.Status(rollout) with
        {
            StableRelease = rollout.From,
            PreviousRelease = new ReleaseRef { Name = "tiny-v0", ContentHash = "sha256:00" },
        };
        Server.Services = [Samples.Service(status: status)];
        Server.Replicas = [Replica("tiny-aa-1", "tiny")];
    }

    private static ModelReplica Replica(string name, string service)
    {
        ModelReplica replica = Samples.Replica(ReplicaPhase.Ready);
        return replica with
        {
            Metadata = replica.Metadata with { Name = name, Uid = "uid-" + name },
            Spec = replica.Spec with { Service = service },
        };
    }

    private IRenderedComponent<ServicePage> Render(string name)
    {
        IRenderedComponent<ServicePage> page =
            Context.Render<ServicePage>(p => p.Add(c => c.Namespace, "default").Add(c => c.Name, name));
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("#promote-why")), Patience);
        return page;
    }

    /// <summary>Found and clicked in one go: the page draws itself again whenever the fleet was read.</summary>
    private static Task ClickAsync(IRenderedComponent<ServicePage> page, string text)
    {
        page.WaitForAssertion(() => Button(page, text), Patience);
        return page.InvokeAsync(() => Button(page, text).Click());
    }

    private static IElement Button(IRenderedComponent<ServicePage> page, string text) =>
        page.FindAll("button").First(button => button.TextContent.Trim() == text);
}
