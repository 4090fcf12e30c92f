using Microsoft.Playwright;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Signing in with a real browser, and what the browser then refuses to run.</summary>
public sealed class SignInBrowserTests(PlatformFixture fixture) : IAsyncLifetime
{
    private const float Timeout = 30_000;

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
            Args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
        });
    }

    [Fact]
    public async Task The_pages_keep_their_own_security_policy_and_run_no_script_that_is_put_into_them()
    {
        IPage page = await _browser!.NewPageAsync();
        await page.AddInitScriptAsync(
            "window.violations = []; "
            + "addEventListener('securitypolicyviolation', e => window.violations.push(e.effectiveDirective + ' ' + e.blockedURI));");
        await page.SignInAsync(Platform);
        foreach (string path in (string[])["/", "/services/default/tiny", "/playground"])
        {
            await page.GotoAsync(Platform.Dashboard + path);
            await Assertions.Expect(page.GetByLabel("Switch between light and dark theme")).ToBeVisibleAsync(new() { Timeout = Timeout });
            Assert.Empty(await page.EvaluateAsync<string[]>("window.violations"));
        }

        await page.EvaluateAsync(
            "const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.body.append(script);");
        await page.WaitForFunctionAsync("window.violations.length === 1");
        Assert.True(await page.EvaluateAsync<bool>("window.ran === undefined"));
    }

    [Fact]
    public async Task A_link_that_was_used_leads_to_words_and_a_new_one_in()
    {
        string link = await Platform.SignInLinkAsync();
        IPage first = await _browser!.NewPageAsync();
        await first.GotoAsync(link);
        await first.WaitForURLAsync(Platform.Dashboard + "/");
        Assert.DoesNotContain('#', first.Url);

        // Another browser.
        await using IBrowserContext other = await _browser.NewContextAsync();
        IPage second = await other.NewPageAsync();
        await second.GotoAsync(link);
        await Assertions.Expect(second.GetByRole(AriaRole.Alert)).ToContainTextAsync("used already", new() { Timeout = Timeout });
        await second.ScreenshotAsync(new PageScreenshotOptions { Path = Repository.PathOf("artifacts", "screenshots", "sign-in.png") });
        await second.GetByLabel("paste the link").FillAsync(await Platform.SignInLinkAsync());
        await second.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await second.WaitForURLAsync(Platform.Dashboard + "/");
        await Assertions.Expect(second.GetByText("Services available")).ToBeVisibleAsync(new() { Timeout = Timeout });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
