using Microsoft.Playwright;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests.Dashboards;

/// <summary>Signing in with a real browser, and what the browser then refuses to run.</summary>
public sealed class SignInBrowserTests(PlatformFixture fixture, BrowserFixture browser)
{
    private const float Timeout = 30_000;

    private PlatformProcess Platform => fixture.Platform;

    [Fact]
    public async Task The_pages_keep_their_own_security_policy_and_run_no_script_and_no_style_that_is_put_into_them()
    {
        IPage page = await browser.OpenAsync(ColorScheme.Light);
        await page.SignInAsync(Platform);
        foreach (string path in (string[])["/", "/services/default/tiny", "/playground", "/logs/default/nobody"])
        {
            await page.GotoAsync(Platform.Dashboard + path);
            await Assertions.Expect(page.GetByLabel("Switch between light and dark theme")).ToBeVisibleAsync(new() { Timeout = Timeout });
            Assert.Empty(await page.EvaluateAsync<string[]>("window.stopped"));
        }

        await page.EvaluateAsync(
            "for (const [kind, text] of [['script', 'window.ran = true'], ['style', 'body { opacity: 0 }']]) {"
            + " const put = document.createElement(kind); put.textContent = text; document.body.append(put); }");
        await page.WaitForFunctionAsync("window.stopped.length === 2");
        Assert.True(await page.EvaluateAsync<bool>("window.ran === undefined && getComputedStyle(document.body).opacity === '1'"));
    }

    [Fact]
    public async Task A_link_that_was_used_leads_to_words_and_a_new_one_in()
    {
        string link = await Platform.SignInLinkAsync();
        IPage first = await browser.OpenAsync(ColorScheme.Light);
        await first.GotoAsync(link);
        await first.WaitForURLAsync(Platform.Dashboard + "/");
        Assert.DoesNotContain('#', first.Url);

        // Another browser.
        IPage second = await browser.OpenAsync(ColorScheme.Dark, width: 390);
        await second.GotoAsync(link);
        await Assertions.Expect(second.GetByRole(AriaRole.Alert)).ToContainTextAsync("used already", new() { Timeout = Timeout });
        await BrowserFixture.KeepAsync(second, "sign-in");
        if (JavaScriptPackages.Exist) await PageAudit.CheckAsync(second, "sign-in");
        await second.GetByLabel("paste the link").FillAsync(await Platform.SignInLinkAsync());
        await second.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await second.WaitForURLAsync(Platform.Dashboard + "/");
        await Assertions.Expect(second.GetByText("Services available")).ToBeVisibleAsync(new() { Timeout = Timeout });

        // Who signs out is out, whatever the browser remembers.
        await second.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(second).ToHaveURLAsync(Platform.Dashboard + "/signin", new() { Timeout = Timeout });
        await second.GotoAsync(Platform.Dashboard + "/");
        await Assertions.Expect(second.GetByLabel("paste the link")).ToBeVisibleAsync(new() { Timeout = Timeout });
    }
}
