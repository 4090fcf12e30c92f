using Microsoft.Playwright;
using Trireme.EndToEnd.Tests.Dashboards;
using Trireme.Testing;

[assembly: AssemblyFixture(typeof(BrowserFixture))]

namespace Trireme.EndToEnd.Tests.Dashboards;

/// <summary>One Chromium for all tests that need a browser; each gets pages of its own.</summary>
public sealed class BrowserFixture : IAsyncDisposable
{
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>A page of a new browser profile, which notes what its content security policy stops.</summary>
    public async Task<IPage> OpenAsync(ColorScheme scheme, int width = 1440)
    {
        if (!CommandResult.Exists("chromium")) Assert.Skip("chromium is not installed");
        _playwright ??= await Playwright.CreateAsync();
        _browser ??= await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = Arguments,
        });
        IPage page = await _browser.NewPageAsync(new BrowserNewPageOptions
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = width < 600 ? 844 : 900 },
        });
        await page.AddInitScriptAsync(
            "window.stopped = [];"
            + "addEventListener('securitypolicyviolation', "
            + "e => stopped.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`), true);");
        return page;
    }

    /// <summary>Keeps what a page looks like, whole, in artifacts/screenshots.</summary>
    public static async Task KeepAsync(IPage page, string name)
    {
        await page.EvaluateAsync("() => scrollTo(0, 0)");
        string path = Repository.PathOf("artifacts", "screenshots", name.ToLowerInvariant() + ".png");
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = path, FullPage = true });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
