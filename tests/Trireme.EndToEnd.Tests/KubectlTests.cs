using System.Diagnostics;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>The real kubectl with the kubeconfig the platform printed.</summary>
public sealed class KubectlTests(PlatformFixture fixture) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private PlatformProcess Platform => fixture.Platform;

    [Fact]
    public async Task Kubectl_lists_services_with_useful_columns()
    {
        CommandResult result = await KubectlAsync("get", "modelservices");
        Assert.Matches(@"NAME +RELEASE +SERVING +READY +WANTED +ROLLOUT +AGE", result.Output);
        Assert.Matches(@"tiny +tiny-v1 +tiny-v1 +2 +2 +\w+ +\d+", result.Output);
    }

    [Fact]
    public async Task Kubectl_applies_describes_waits_and_deletes()
    {
        string manifest = Manifest("kubectl-tiny", "replicas: 1");
        Assert.Contains(
            "modelservice.trireme.dev/kubectl-tiny created",
            (await KubectlAsync("apply", "-f", manifest)).Output,
            StringComparison.Ordinal);
        await KubectlAsync("wait", "--for=condition=Available", "modelservice/kubectl-tiny", "--timeout=60s");
        CommandResult described = await KubectlAsync("describe", "modelservice", "kubectl-tiny");
        Assert.Contains("Available", described.Output, StringComparison.Ordinal);
        Assert.Contains("Events:", described.Output, StringComparison.Ordinal);

        string changed = Manifest("kubectl-tiny", "replicas: 0");
        Assert.Contains("configured", (await KubectlAsync("apply", "-f", changed)).Output, StringComparison.Ordinal);
        await KubectlAsync("delete", "modelservice", "kubectl-tiny", "--timeout=60s");
        CommandResult gone = await Platform.KubectlAsync("get", "modelservice", "kubectl-tiny");
        Assert.Contains("not found", gone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_field_is_refused_by_name_with_the_nearest_known_one()
    {
        CommandResult result = await Platform.KubectlAsync("apply", "-f", Manifest("kubectl-typo", "replcas: 2"));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("unknown field \"spec.replcas\", did you mean \"replicas\"?", result.Error, StringComparison.Ordinal);
        Assert.Contains("NotFound", (await Platform.KubectlAsync("get", "modelservice", "kubectl-typo")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kubectl_watches_changes()
    {
        var start = new ProcessStartInfo("kubectl", ["get", "configmap", "--watch-only", "-o", "name"]) { RedirectStandardOutput = true };
        start.Environment["KUBECONFIG"] = Platform.Kubeconfig;
        using Process watch = Process.Start(start)!;
        try
        {
            Task<string?> line = watch.StandardOutput.ReadLineAsync();
            // The watch may open after the first change; every further one is another chance to be seen.
            await Eventually.True("a watched change", TimeSpan.FromSeconds(20), async () =>
            {
                await KubectlAsync("create", "configmap", $"watched-{Guid.NewGuid():n}", "--from-literal=a=b");
                return line.IsCompleted;
            });
            Assert.StartsWith("configmap/watched-", await line, StringComparison.Ordinal);
        }
        finally
        {
            watch.Kill();
            await watch.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Kubectl_explains_our_fields() =>
        Assert.Contains(
            "Name of the Release that should serve",
            (await KubectlAsync("explain", "modelservice.spec.release")).Output,
            StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private async Task<CommandResult> KubectlAsync(params string[] arguments)
    {
        if (!CommandResult.Exists("kubectl")) Assert.Skip("kubectl is not installed");
        CommandResult result = await Platform.KubectlAsync(arguments);
        Assert.True(result.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {result.Error}");
        return result;
    }

    private string Manifest(string name, string field)
    {
        string path = _folder.File($"{Guid.NewGuid():n}.yaml");
        File.WriteAllText(
            path,
            $$"""
            apiVersion: trireme.dev/v1alpha1
            kind: ModelService
            metadata:
              name: {{name}}
            spec:
              release: tiny-v1
              {{field}}
            """);
        return path;
    }
}
