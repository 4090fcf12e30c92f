using System.Diagnostics;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Replicas as Pods with the real kubectl: what runs, what it said, how it died, and another one in its place.</summary>
public sealed class KubectlPodTests(PlatformFixture fixture) : IDisposable
{
    private const string Service = "podded";
    private const string Selector = "trireme.dev/service=" + Service;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    private PlatformProcess Platform => fixture.Platform;

    [Fact]
    public async Task A_replica_is_listed_read_followed_to_its_death_explained_and_replaced()
    {
        await KubectlAsync("apply", "-f", Manifest());
        await Eventually.True("a pod", Patience, async () => (await PodsAsync()).Count == 1);
        await KubectlAsync("wait", "--for=condition=Ready", "pod", "-l", Selector, "--timeout=60s");
        string name = (string)(await PodsAsync())[0]!["metadata"]!["name"]!;
        string wide = await KubectlAsync("get", "pods", "-l", Selector, "-o", "wide");
        Assert.Matches($@"{name} +1/1 +Running +0 +\w+ +127\.0\.0\.1 +\S+", wide);
        Assert.Matches($"Controlled By: +ModelReplica/{name}", await KubectlAsync("describe", "pod", name));

        string log = await KubectlAsync("logs", name);
        Assert.Contains($"start: process 1 of replica default/{name}, service {Service}", log, StringComparison.Ordinal);
        Assert.Equal((await Platform.RunAsync("logs", name)).Output, log);
        Assert.Single((await KubectlAsync("logs", "-l", Selector, "--tail=1")).TrimEnd().Split('\n'));
        Assert.Contains(
            "previous terminated container \"engine\"",
            (await Platform.KubectlAsync("logs", name, "--previous")).Error,
            StringComparison.Ordinal);

        // Followed, the log ends with what it says of the end.
        string container = (string)(await PodsAsync())[0]!["status"]!["containerStatuses"]![0]!["containerID"]!;
        Task<string> followed = KubectlAsync("logs", "-f", name, "--timestamps");
        using (Process kill = Process.Start("kill", ["-KILL", container["process://".Length..]])) await kill.WaitForExitAsync();
        Assert.Matches(@"\n20\d\d-\S+Z 20\d\d-\S+Z exit: Killed: signal 9 .*\n$", await followed);

        await Eventually.True("another process", Patience, async () =>
            await PodsAsync() is [{ } again] && (int)again["status"]!["containerStatuses"]![0]!["restartCount"]! == 1);
        Assert.Contains("exit: Killed: signal 9", await KubectlAsync("logs", name, "--previous"), StringComparison.Ordinal);
        Assert.Matches(@"Last State: +Terminated\n +Reason: +Killed", await KubectlAsync("describe", "pod", name));
        JsonNode last = (await PodsAsync())[0]!["status"]!["containerStatuses"]![0]!["lastState"]!["terminated"]!;
        Assert.Equal(137, (int)last["exitCode"]!);
        Assert.NotNull(last["startedAt"]);

        await KubectlAsync("wait", "--for=condition=Ready", "pod", name, "--timeout=60s");
        Assert.Contains($"pod \"{name}\" deleted", await KubectlAsync("delete", "pod", name, "--timeout=60s"), StringComparison.Ordinal);
        await Eventually.True("another pod", Patience, async () =>
            await PodsAsync() is [{ } other] && (string?)other["metadata"]!["name"] != name);
        await KubectlAsync("delete", "modelservice", Service, "--timeout=60s");
    }

    /// <summary>kubectl lists what "--all" means and deletes each by its name; the API's own deletion of a collection is refused.</summary>
    [Fact]
    public async Task All_pods_of_a_namespace_are_deleted_by_name_and_a_collection_leaves_those_of_replicas()
    {
        const string Namespace = "podded-all";
        await KubectlAsync("create", "namespace", Namespace);
        await KubectlAsync("apply", "-n", Namespace, "-f", Manifest(replicas: 2, withRelease: true));
        await KubectlAsync("wait", "-n", Namespace, "--for=condition=Available", "modelservice", Service, "--timeout=60s");
        await Eventually.True("two pods", Patience, async () => (await PodsAsync(Namespace)).Count == 2);
        string[] before = Names(await PodsAsync(Namespace));

        CommandResult collection = await Platform.KubectlAsync("delete", "--raw", $"/api/v1/namespaces/{Namespace}/pods");
        Assert.Equal(0, collection.ExitCode);
        Assert.Contains("stay; delete those by their names", collection.Error, StringComparison.Ordinal);
        Assert.Equal(before, Names(await PodsAsync(Namespace)));

        string deleted = await KubectlAsync("delete", "pods", "--all", "-n", Namespace, "--timeout=60s");
        foreach (string name in before) Assert.Contains($"pod \"{name}\" deleted", deleted, StringComparison.Ordinal);
        await Eventually.True("two other pods", Patience, async () =>
            Names(await PodsAsync(Namespace)) is { Length: 2 } after && !after.Intersect(before).Any());
        await KubectlAsync("delete", "namespace", Namespace, "--timeout=60s");
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Names(JsonArray pods) =>
        [.. pods.Select(pod => (string)pod!["metadata"]!["name"]!).Order(StringComparer.Ordinal)];

    private async Task<JsonArray> PodsAsync(string @namespace = "default") =>
        JsonNode.Parse(await KubectlAsync("get", "pods", "-n", @namespace, "-l", Selector, "-o", "json"))!["items"]!.AsArray();

    private async Task<string> KubectlAsync(params string[] arguments)
    {
        if (!CommandResult.Exists("kubectl")) Assert.Skip("kubectl is not installed");
        CommandResult result = await Platform.KubectlAsync(arguments);
        Assert.True(result.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {result.Error}");
        return result.Output;
    }

    private string Manifest(int replicas = 1, bool withRelease = false)
    {
        string path = _folder.File("service.yaml");
        string release = $$"""
            apiVersion: trireme.dev/v1alpha1
            kind: Release
            metadata:
              name: tiny-v1
            spec:
              source:
                path: {{Repository.PathOf("samples", "models", "tiny")}}
            ---

            """;
        File.WriteAllText(
            path,
            (withRelease ? release : "") + $$"""
            apiVersion: trireme.dev/v1alpha1
            kind: ModelService
            metadata:
              name: {{Service}}
            spec:
              release: tiny-v1
              replicas: {{replicas}}
            """);
        return path;
    }
}
