using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Identity;
using Trireme.Testing;

namespace Trireme.Telemetry.Tests.Http;

/// <summary>An endpoint that answers its own platform alone is scraped with its key, which nobody else gets to see.</summary>
public sealed class ScrapeKeyTests
{
    [Fact]
    public async Task A_target_is_asked_with_its_key_and_the_list_of_targets_does_not_show_it()
    {
        var key = ReplicaKey.Create();
        await using MetricsPage page = await MetricsPage.StartAsync("");
        page.Answer = context =>
        {
            if (key.Matches(context.Request.Headers.Authorization)) return context.Response.WriteAsync("good 1\n");
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        };
        await using TelemetryHost host = await TelemetryHost.StartAsync(
            new TelemetryOptions { ScrapeInterval = TimeSpan.FromMilliseconds(100) });
        host.Targets = [page.Target with { Key = key }];
        await Eventually.True(
            "the samples are there",
            TimeSpan.FromSeconds(15),
            async () => await host.ValuesAsync("good") is ["1"],
            TestContext.Current.CancellationToken);
        string targets = (await host.GetAsync("/api/v1/targets")).Body;
        Assert.Contains(page.Url.AbsoluteUri, targets, StringComparison.Ordinal);
        Assert.DoesNotContain(key.ToAuthorization()["Bearer ".Length..], targets, StringComparison.Ordinal);
        Assert.Contains("(secret)", (page.Target with { Key = key }).ToString(), StringComparison.Ordinal);
    }
}
