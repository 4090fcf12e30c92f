using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>A service and a release whose names are longer than the value of a label may be.</summary>
public sealed class LongNameTests(PlatformFixture fixture)
{
    private static readonly string Name = "long." + new string('a', 248);

    private readonly ReleasedService _service = new(fixture.Platform, Name);

    [Fact]
    public async Task A_service_with_the_longest_name_is_described_selected_and_restarted()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("long.yaml");
        string manifest = $$"""
            apiVersion: trireme.dev/v1alpha1
            kind: Release
            metadata: {name: {{Name}}}
            spec:
              source: {path: models/tiny}
            ---
            apiVersion: trireme.dev/v1alpha1
            kind: ModelService
            metadata: {name: {{Name}}}
            spec:
              release: {{Name}}
              resources: {memory: 512Mi}
            """;
        await File.WriteAllTextAsync(file, manifest, TestContext.Current.CancellationToken);
        try
        {
            await _service.RunAsync("apply", "-f", file, "--wait");
            string described = await _service.RunAsync("describe", "modelservice", Name);
            const string Head = "selector: ";
            string selector = described.Split('\n').Single(line => line.StartsWith(Head, StringComparison.Ordinal))[Head.Length..];

            string before = await SelectedAsync(selector);
            Assert.Single(before.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            await _service.RunAsync("rollout", "restart", Name, "--timeout", "60s");
            Assert.NotEqual(before, await SelectedAsync(selector));
        }
        finally
        {
            await _service.DeleteAsync();
        }
    }

    private Task<string> SelectedAsync(string selector) => _service.RunAsync("get", "modelreplicas", "-l", selector, "-o", "name");
}
