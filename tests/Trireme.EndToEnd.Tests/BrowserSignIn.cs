using Microsoft.Playwright;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>The way a person gets into the dashboard.</summary>
internal static class BrowserSignIn
{
    /// <summary>
    /// Opens a sign-in link and waits for the page it leads to, the fleet; the browser's context is signed in from then on.
    /// </summary>
    public static async Task SignInAsync(this IPage page, PlatformProcess platform)
    {
        await page.GotoAsync(await platform.SignInLinkAsync());
        await page.WaitForURLAsync(platform.Dashboard + "/");
    }
}
