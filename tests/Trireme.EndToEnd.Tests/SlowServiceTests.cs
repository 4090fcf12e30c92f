using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>A start waits for services, and a service that cannot start keeps nobody from the commands that mend it.</summary>
public sealed class SlowServiceTests
{
    private const string Manifest = """
        apiVersion: trireme.dev/v1alpha1
        kind: Release
        metadata: {name: lost-v1}
        spec:
          source: {path: /nowhere/lost}
        ---
        apiVersion: trireme.dev/v1alpha1
        kind: ModelService
        metadata: {name: lost}
        spec: {release: lost-v1}
        """;

    [Fact]
    public async Task While_a_start_waits_for_a_service_it_can_be_looked_at_and_deleted()
    {
        using var folder = new TemporaryFolder();
        await using PlatformProcess platform = await PlatformProcess.StartAsync(folder.Path, "--no-samples");
        string file = folder.File("lost.yaml");
        await File.WriteAllTextAsync(file, Manifest, TestContext.Current.CancellationToken);
        CommandResult applied = await platform.RunAsync("apply", "-f", file);
        Assert.True(applied.ExitCode == 0, applied.Error);
        await platform.StopAsync();

        await platform.StartAsync(untilReady: false);
        CommandResult described = await platform.RunAsync("describe", "modelservice", "lost");
        Assert.True(described.ExitCode == 0, described.Error);
        Assert.False(platform.SaysItRuns());
        CommandResult deleted = await platform.RunAsync("delete", "modelservice", "lost");
        Assert.True(deleted.ExitCode == 0, deleted.Error);
        await Eventually.True("that nothing is waited for", TimeSpan.FromSeconds(30), () => Task.FromResult(platform.SaysItRuns()));
    }
}
