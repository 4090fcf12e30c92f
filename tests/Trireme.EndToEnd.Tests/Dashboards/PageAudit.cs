using Microsoft.Playwright;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests.Dashboards;

/// <summary>What every page must be: as wide as the screen, within its security policy, and usable without seeing or pointing.</summary>
internal static class PageAudit
{
    private const string Serious =
        """
        async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
          .filter(found => found.impact === 'serious' || found.impact === 'critical')
          .flatMap(found => found.nodes.map(node => `${found.id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`))
        """;

    /// <summary>Elements that reach beyond the right edge, but for those that are cut off or scroll by themselves.</summary>
    private const string TooWide =
        """
        () => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
          .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
          .map(element => `${element.tagName}.${element.className}: ${element.getBoundingClientRect().right}`).slice(0, 8)
        """;

    public static async Task CheckAsync(IPage page, string what)
    {
        string[] stopped = await page.EvaluateAsync<string[]>("() => window.stopped");
        Assert.True(stopped.Length == 0, $"{what}: the security policy stopped {string.Join("; ", stopped)}");
        string[] wide = await page.EvaluateAsync<string[]>(TooWide);
        Assert.True(wide.Length == 0, $"{what} is wider than its screen: {string.Join("; ", wide)}");
        string axe = Repository.PathOf("artifacts", "npm", "node_modules", "axe-core", "axe.min.js");
        await page.EvaluateAsync(await File.ReadAllTextAsync(axe) + "; undefined");
        string[] violations = await page.EvaluateAsync<string[]>(Serious);
        Assert.True(violations.Length == 0, $"{what}:\n{string.Join('\n', violations.Distinct().Take(20))}");
    }
}
