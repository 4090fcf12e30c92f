using Microsoft.Playwright;

namespace Trireme.EndToEnd.Tests.Dashboards;

/// <summary>What a person does in the playground.</summary>
internal static class PlaygroundActions
{
    private const int Attempts = 4;
    private const float Patience = 10_000;

    /// <summary>Types a message and sends it. A page that loaded again meanwhile, as on a busy machine, is typed into again.</summary>
    public static async Task SayAsync(this IPage page, string message)
    {
        ILocator send = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Send" });
        for (int attempt = 1; ; attempt++)
        {
            await page.GetByLabel("Message").FillAsync(message);
            try
            {
                await Assertions.Expect(send).ToBeEnabledAsync(new LocatorAssertionsToBeEnabledOptions { Timeout = Patience });
                break;
            }
            catch (PlaywrightException) when (attempt < Attempts)
            {
                // Seen once in many runs; the next attempt tells whether the page lives.
            }
        }

        await send.ClickAsync();
    }
}
