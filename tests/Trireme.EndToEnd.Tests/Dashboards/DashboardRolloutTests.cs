using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests.Dashboards;

/// <summary>A rollout that is steered from the pages, on a platform of its own because it changes what serves.</summary>
[Trait("Kind", "Waiting")]
public sealed class DashboardRolloutTests(BrowserFixture browser) : IAsyncLifetime
{
    private const float Timeout = 120_000;

    private readonly TemporaryFolder _folder = new();
    private PlatformProcess _platform = null!;

    public async ValueTask InitializeAsync() => _platform = await PlatformProcess.StartAsync(_folder.Path);

    [Fact]
    public async Task A_rollout_is_promoted_and_undone_with_buttons_and_the_manifest_applies_again()
    {
        await using BackgroundLoad load = BackgroundLoad.Start(_platform, requestsPerSecond: 5);
        string manifest = Repository.PathOf("samples", "rollout-better.yaml");
        await RunAsync("apply", "-f", manifest);
        IPage page = await browser.OpenAsync(ColorScheme.Dark);
        await page.SignInAsync(_platform);
        await page.GotoAsync(_platform.Dashboard + "/services/default/tiny");
        await Expect(page.Locator(".stage.current")).ToContainTextAsync("10 %", new() { Timeout = Timeout });
        await Expect(page.GetByText("1 replica more than wanted")).ToBeVisibleAsync(new() { Timeout = Timeout });
        await Expect(page.Locator(".charts-head .legend")).ToContainTextAsync("tiny-v2 gets 10% of traffic", new() { Timeout = Timeout });
        await BrowserFixture.KeepAsync(page, "live-rollout-service");
        await page.GotoAsync(_platform.Dashboard);
        await Expect(page.Locator("table.rows .traffic")).ToContainTextAsync("tiny-v2", new() { Timeout = Timeout });
        await Expect(page.Locator("svg.plane")).ToHaveCountAsync(4, new() { Timeout = Timeout });
        await BrowserFixture.KeepAsync(page, "live-rollout-fleet");
        await page.GoBackAsync();

        await ClickAsync(page, "Promote");
        await ClickAsync(page, "Promote tiny-v2");
        await Expect(page.GetByText("tiny-v2 gets all traffic as soon as its replicas are ready.")).ToBeVisibleAsync(
            new() { Timeout = Timeout });
        await ServesAsync("tiny-v2");

        await Expect(page.Locator("#undo-why")).ToContainTextAsync("without the judge: ", new() { Timeout = Timeout });
        await ClickAsync(page, "Undo");
        await ClickAsync(page, "Go back to tiny-v1");
        await ServesAsync("tiny-v1");
        await Expect(page.Locator(".charts-head .legend")).ToContainTextAsync("back on tiny-v1", new() { Timeout = Timeout });

        Assert.Contains("was set by \"trireme rollout undo\"", (await RunAsync("apply", "-f", manifest)).Error, StringComparison.Ordinal);
        JsonObject report = await load.StopAsync();
        Assert.True((int)report["failed"]! == 0 && (int)report["cut"]! == 0, report.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        _folder.Dispose();
    }

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    private static Task ClickAsync(IPage page, string button) =>
        page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = button, Exact = true }).ClickAsync();

    private async Task<CommandResult> RunAsync(params string[] arguments)
    {
        CommandResult result = await _platform.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result.ExitCode}: {result.Output} {result.Error}");
        return result;
    }

    private Task<JsonObject> ServesAsync(string release) => Eventually.Get($"{release} to serve alone", TimeSpan.FromMinutes(2), async () =>
    {
        JsonObject service = (await _platform.ListAsync("modelservices")).Single();
        JsonNode? status = service["status"];
        bool isAlone = status?["traffic"]?.AsArray() is [{ } only] && (string?)only["name"] == release;
        return isAlone && (string?)status?["stableRelease"]?["name"] == release ? service : null;
    });
}
