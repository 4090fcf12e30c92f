using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>The dashboard in a real browser. Screenshots of each page are kept in artifacts/screenshots.</summary>
public sealed partial class DashboardTests(PlatformFixture fixture) : IAsyncLifetime
{
    private const float Timeout = 30_000;

    private static readonly string[] BrowserArguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    private PlatformProcess Platform => fixture.Platform;

    public async ValueTask InitializeAsync()
    {
        if (!CommandResult.Exists("chromium")) Assert.Skip("chromium is not installed");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = BrowserArguments,
        });
    }

    [Theory]
    [InlineData(ColorScheme.Dark)]
    [InlineData(ColorScheme.Light)]
    public async Task The_fleet_page_shows_live_values(ColorScheme scheme)
    {
        await using BackgroundLoad load = BackgroundLoad.Start(Platform, requestsPerSecond: 5);
        IPage page = await OpenAsync("/", scheme);
        await Expect(page.GetByText("Services available")).ToBeVisibleAsync();
        ILocator row = page.Locator("tr.mud-table-row-clickable", new PageLocatorOptions { HasText = "tiny" });
        await Expect(row.GetByText("Available")).ToBeVisibleAsync(Patiently);
        await Expect(row).ToContainTextAsync("tiny-v1 100%", PatientlyText);

        // Live means that traffic which started a moment ago shows without a reload.
        ILocator requests = row.Locator("td[data-label='Requests/s']");
        await Expect(requests).ToHaveTextAsync(PositiveNumber(), new LocatorAssertionsToHaveTextOptions { Timeout = Timeout });
        await Expect(row.Locator("td[data-label='TTFT p95']")).ToContainTextAsync("s", PatientlyText);
        await ChartsFillTheirCardsAsync(page);
        await ScreenshotAsync(page, $"fleet-{scheme}");
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
        await Expect(page.Locator(".mud-chart svg").First).ToBeVisibleAsync(Patiently);
        await ChartsFillTheirCardsAsync(page);
        await ScreenshotAsync(page, "service");
        await load.StopAsync();
    }

    [Fact]
    public async Task The_playground_streams_an_answer()
    {
        IPage page = await OpenAsync("/playground", ColorScheme.Light);
        await page.GetByLabel("Message").FillAsync("Tell me a short story about a dog.");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Send" }).ClickAsync();
        await Expect(page.Locator(".bubble-note")).ToContainTextAsync("tiny-v1@", PatientlyText);
        Assert.NotEqual("", (await page.Locator(".bubble-model").InnerTextAsync()).Trim());
        await ScreenshotAsync(page, "playground");
    }

    [Fact]
    public async Task The_theme_is_remembered()
    {
        IPage page = await OpenAsync("/", ColorScheme.Dark);
        await page.GetByLabel("Switch between light and dark theme").ClickAsync();
        await page.WaitForFunctionAsync("localStorage.getItem('trireme-theme') === 'light'");
        await page.ReloadAsync();
        await Expect(page.Locator("body")).ToBeVisibleAsync();
        Assert.Equal("light", await page.EvaluateAsync<string>("localStorage.getItem('trireme-theme')"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    private static LocatorAssertionsToBeVisibleOptions Patiently => new() { Timeout = Timeout };

    private static LocatorAssertionsToContainTextOptions PatientlyText => new() { Timeout = Timeout };

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    private static IPageAssertions Expect(IPage page) => Assertions.Expect(page);

    [GeneratedRegex(@"^\s*(?!0\.0)\d+\.\d+\s*$")]
    private static partial Regex PositiveNumber();

    /// <summary>A chart is drawn before it knows its size and again once it does; drawn small, its labels are unreadable.</summary>
    private static Task<IJSHandle> ChartsFillTheirCardsAsync(IPage page) => page.WaitForFunctionAsync(
        """
        () => {
          const charts = [...document.querySelectorAll('.mud-chart svg')];
          return charts.length > 0 && charts.every(chart => Math.abs(chart.viewBox.baseVal.width - chart.clientWidth) < 2);
        }
        """,
        options: new PageWaitForFunctionOptions { Timeout = Timeout });

    private static Task<byte[]> ScreenshotAsync(IPage page, string name)
    {
        string path = Repository.PathOf("artifacts", "screenshots", name.ToLower(CultureInfo.InvariantCulture) + ".png");
        return page.ScreenshotAsync(new PageScreenshotOptions { Path = path, FullPage = true });
    }

    private async Task<IPage> OpenAsync(string path, ColorScheme scheme)
    {
        IPage page = await _browser!.NewPageAsync(new BrowserNewPageOptions
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = 1440, Height = 900 },
        });
        await page.SignInAsync(Platform);
        if (path != "/") await page.GotoAsync(Platform.Dashboard + path);
        return page;
    }
}
