using Microsoft.Playwright;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests.Dashboards;

/// <summary>Every page in every state, on a wide screen and on a phone. Screenshots are kept in artifacts/screenshots.</summary>
public sealed class DashboardStateTests(BrowserFixture browser) : IAsyncLifetime
{
    private DashboardHost _host = null!;

    public static TheoryData<string, int, ColorScheme> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, ColorScheme>();
            foreach (string state in DashboardState.Names)
            {
                cases.Add(state, 1440, ColorScheme.Dark);
                cases.Add(state, 390, ColorScheme.Light);
            }

            cases.Add("failing", 390, ColorScheme.Dark);
            cases.Add("rolling-out", 1440, ColorScheme.Light);
            return cases;
        }
    }

    public async ValueTask InitializeAsync() => _host = await DashboardHost.StartAsync();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Every_page_fits_its_screen_keeps_its_policy_and_is_accessible(string state, int width, ColorScheme scheme)
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        DashboardState.Set(_host.Server, state);
        IPage page = await browser.OpenAsync(scheme, width);

        await VisitAsync("/", state == "empty" ? ".empty" : ".charts svg.plane", "fleet");
        if (state != "empty")
        {
            await page.GotoAsync(_host.Address + "/services/default/tiny");
            await page.Locator(".charts svg.plane").First.WaitForAsync();
            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = $"Restart {DashboardState.Replica}" }).ClickAsync();
            await CheckAsync(".confirm", "service");
        }

        await VisitAsync($"/logs/default/{DashboardState.Replica}", ".log pre", "logs");
        await page.GotoAsync(_host.Address + "/playground");
        await page.Locator(".curl summary").ClickAsync();
        if (state != "empty")
        {
            await page.SayAsync("What is the plan?");
            await page.Locator(".bubble-note").WaitForAsync();
        }

        await CheckAsync(".talk", "playground");
        await VisitAsync("/nothing-here", "h1", "not-found");
        await page.CloseAsync();

        async Task VisitAsync(string path, string shown, string name)
        {
            await page.GotoAsync(_host.Address + path);
            await CheckAsync(shown, name);
        }

        async Task CheckAsync(string shown, string name)
        {
            await page.Locator(shown).First.WaitForAsync();
            await BrowserFixture.KeepAsync(page, $"{name}-{state}-{width}-{scheme}");
            await PageAudit.CheckAsync(page, $"{name} in the state {state} at {width} pixels, {scheme}");
        }
    }

    [Fact]
    public async Task An_answer_without_end_is_stopped_and_nothing_in_it_runs()
    {
        DashboardState.Set(_host.Server, "healthy");
        IPage page = await browser.OpenAsync(ColorScheme.Light);
        await page.GotoAsync(_host.Address + "/playground");
        await page.SayAsync("Write without end.");
        await page.Locator(".bubble-model strong").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Stop" }).ClickAsync();
        await Assertions.Expect(page.Locator(".bubble-note")).ToHaveTextAsync("stopped");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Send" })).ToBeVisibleAsync();
        Assert.Equal(0, await page.Locator(".bubble-model script, .bubble-model a[href^=javascript]").CountAsync());
        Assert.Contains("<script>alert(1)</script>", await page.Locator(".bubble-model").InnerTextAsync(), StringComparison.Ordinal);
        await page.CloseAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
