using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests.Dashboards;

/// <summary>The dashboard of a running platform in a real browser. Screenshots of each page are kept in artifacts/screenshots.</summary>
public sealed partial class DashboardTests(PlatformFixture fixture, BrowserFixture browser)
{
    private const float Timeout = 30_000;

    private PlatformProcess Platform => fixture.Platform;

    [Theory]
    [InlineData(ColorScheme.Dark)]
    [InlineData(ColorScheme.Light)]
    public async Task The_fleet_page_shows_live_values(ColorScheme scheme)
    {
        await using BackgroundLoad load = BackgroundLoad.Start(Platform, requestsPerSecond: 5);
        IPage page = await OpenAsync("/", scheme);
        await Expect(page.GetByText("Services available")).ToBeVisibleAsync(Patiently);
        ILocator link = page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "tiny", Exact = true });
        ILocator row = page.Locator("table.rows tbody tr", new PageLocatorOptions { Has = link });
        await Expect(row.GetByText("Available")).ToBeVisibleAsync(Patiently);
        await Expect(row).ToContainTextAsync("tiny-v1 100%", PatientlyText);

        // Live means that traffic which started a moment ago shows without a reload.
        ILocator requests = row.Locator("td[data-label='Requests/s']");
        await Expect(requests).ToHaveTextAsync(PositiveNumber(), new LocatorAssertionsToHaveTextOptions { Timeout = Timeout });
        await Expect(row.Locator("td[data-label='TTFT p95']")).ToContainTextAsync("s", PatientlyText);
        await Expect(page.Locator("svg.plane path.line").First).ToBeAttachedAsync(new() { Timeout = Timeout });
        await BrowserFixture.KeepAsync(page, $"live-fleet-{scheme}");
        await load.StopAsync();
    }

    [Fact]
    public async Task The_service_page_shows_replicas_conditions_and_events()
    {
        await using BackgroundLoad load = BackgroundLoad.Start(Platform, requestsPerSecond: 5);
        IPage page = await OpenAsync("/", ColorScheme.Dark);
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "tiny", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/services/default/tiny$"));
        await Expect(page.Locator("td[data-label='Phase']").First).ToContainTextAsync("Ready", PatientlyText);
        await Expect(page.Locator("td[data-label='Start-up']").First).ToContainTextAsync("weights", PatientlyText);
        await Expect(page.GetByText("RolledOut").First).ToBeVisibleAsync(Patiently);
        await Expect(page.Locator("svg.plane path.line").First).ToBeAttachedAsync(new() { Timeout = Timeout });
        await BrowserFixture.KeepAsync(page, "live-service");
        await load.StopAsync();
    }

    [Fact]
    public async Task A_replica_is_restarted_from_its_row_and_its_log_is_read()
    {
        IPage page = await OpenAsync("/services/default/tiny", ColorScheme.Light);
        ILocator names = page.Locator("td[data-label='Name']");
        await Expect(page.Locator("td[data-label='Phase']").First).ToContainTextAsync("Ready", PatientlyText);
        string before = (await names.First.InnerTextAsync()).Split('\n')[^1].Trim();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = $"Logs of {before}" }).ClickAsync();
        await Expect(page.Locator(".log")).ToContainTextAsync("start", PatientlyText);
        await page.GoBackAsync();

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = $"Restart {before}" }).ClickAsync();
        await page.Locator(".confirm").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = $"Restart {before}" }).ClickAsync();
        await Expect(page.GetByText("another replica takes its place").Last).ToBeVisibleAsync(Patiently);
        await Expect(names.Filter(new LocatorFilterOptions { HasText = before })).ToHaveCountAsync(0, new() { Timeout = 2 * Timeout });
        await Expect(page.Locator("td[data-label='Phase']").First).ToContainTextAsync("Ready", PatientlyText);
    }

    [Fact]
    public async Task Orders_that_would_do_nothing_say_why()
    {
        IPage page = await OpenAsync("/services/default/tiny", ColorScheme.Light);
        await Expect(page.Locator("#promote-why")).ToContainTextAsync("No rollout of tiny is under way", PatientlyText);
        await Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Promote" })).ToBeDisabledAsync();
    }

    [Fact]
    public async Task The_playground_streams_an_answer()
    {
        IPage page = await OpenAsync("/playground", ColorScheme.Light);
        await page.SayAsync("Tell me a short story about a dog.");
        await Expect(page.Locator(".bubble-note")).ToContainTextAsync("tiny-v1@", PatientlyText);
        Assert.NotEqual("", (await page.Locator(".bubble-model").InnerTextAsync()).Trim());

        // The command line is what was sent, and works as it stands.
        await page.Locator(".curl summary").ClickAsync();
        string command = await page.Locator("#curl").InnerTextAsync();
        var key = new Dictionary<string, string> { ["OPENAI_API_KEY"] = Platform.ApiKey };
        CommandResult result = await CommandResult.RunAsync("bash", ["-c", command.Replace("curl ", "curl --fail-with-body ")], key);
        Assert.True(result.ExitCode == 0 && result.Output.Contains("data: [DONE]", StringComparison.Ordinal), command + result.Output);
    }

    [Fact]
    public async Task The_theme_is_remembered()
    {
        IPage page = await OpenAsync("/", ColorScheme.Dark);
        await page.GetByLabel("Switch between light and dark theme").ClickAsync();
        await page.WaitForFunctionAsync("localStorage.getItem('trireme-theme') === 'light'");
        await page.ReloadAsync();
        Assert.Equal("light", await page.EvaluateAsync<string>("document.documentElement.dataset.theme"));
    }

    private static LocatorAssertionsToBeVisibleOptions Patiently => new() { Timeout = Timeout };

    private static LocatorAssertionsToContainTextOptions PatientlyText => new() { Timeout = Timeout };

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    private static IPageAssertions Expect(IPage page) => Assertions.Expect(page);

    [GeneratedRegex(@"^\s*(?!0\.0)\d+\.\d+\s*$")]
    private static partial Regex PositiveNumber();

    private async Task<IPage> OpenAsync(string path, ColorScheme scheme)
    {
        IPage page = await browser.OpenAsync(scheme);
        await page.SignInAsync(Platform);
        if (path != "/") await page.GotoAsync(Platform.Dashboard + path);
        return page;
    }
}
