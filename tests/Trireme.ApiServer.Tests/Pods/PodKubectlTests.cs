using System.Diagnostics;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Pods.PodServer;

namespace Trireme.ApiServer.Tests.Pods;

/// <summary>What people type to see what runs: the real kubectl.</summary>
public sealed class PodKubectlTests(PodServer server) : IClassFixture<PodServer>, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private string _namespace = "";
    private Kubectl _kubectl = null!;

    public async ValueTask InitializeAsync()
    {
        Kubectl.SkipIfAbsent();
        _namespace = await server.NewNamespaceAsync();
        _kubectl = new Kubectl(server.Server.KubeconfigPath, _namespace, _folder.File("cache"));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Pods_are_listed_with_their_state_and_described()
    {
        await server.CreateAsync(_namespace, "kube-a", Statuses.Again);
        Assert.Matches(
            @"^NAME +READY +STATUS +RESTARTS +AGE\nkube-a +1/1 +Running +4 \(\w+ ago\) +\d+s\n$", await _kubectl.RunAsync("get pods"));
        Assert.Matches(
            @"^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE .*\nkube-a +1/1 +Running +4 \(\w+ ago\) +\d+s +127\.0\.0\.1 +node-1 ",
            await _kubectl.RunAsync("get po -o wide"));
        Assert.Contains("\npod/kube-a ", await _kubectl.RunAsync("get all"), StringComparison.Ordinal);
        string described = await _kubectl.RunAsync("describe pod kube-a");
        foreach (string line in (string[])
        [
            @"Node: +node-1/127\.0\.0\.1", @"Status: +Running", @"Controlled By: +ModelReplica/kube-a", @"Image: +process/trireme",
            @"Last State: +Terminated\n +Reason: +Crashed", @"Exit Code: +3", @"Restart Count: +4", @"ContainersReady +True",
        ])
        {
            Assert.Matches(line, described);
        }

        Assert.Contains("nodeName", await _kubectl.RunAsync("explain pod.spec"), StringComparison.Ordinal);
        Assert.Contains("restartCount", await _kubectl.RunAsync("explain pod.status.containerStatuses"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_ends_when_the_pod_is_ready_and_a_watch_shows_it()
    {
        await server.CreateAsync(_namespace, "kube-w", Statuses.Starting);
        using Process wait = _kubectl.Start("wait --for=condition=Ready pod -l trireme.dev/service=tiny --timeout=60s");
        using Process watch = _kubectl.Start("get pods -w --no-headers");
        Task<string> waited = wait.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            Assert.Matches("^kube-w +0/1 ", await watch.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            Assert.False(waited.IsCompleted);
            await server.StatusAsync(_namespace, "kube-w", Statuses.Ready);
            Assert.Matches("^kube-w +1/1 +Running", await watch.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            Assert.Equal("pod/kube-w condition met\n", await waited);
        }
        finally
        {
            watch.Kill();
            wait.Kill();
        }
    }

    [Fact]
    public async Task Logs_are_shown_by_pod_and_by_label_and_followed_to_their_end()
    {
        await server.CreateAsync(_namespace, "kube-l", Statuses.Again);
        await server.CreateAsync(_namespace, "kube-m", Statuses.Ready);
        server.Logs.Write("kube-l", "one");
        server.Logs.Write("kube-l-previous", "died");
        Assert.Equal("died\n", await _kubectl.RunAsync("logs kube-l --previous"));
        Assert.Equal("one\n", await _kubectl.RunAsync("logs kube-l -c engine --tail=5"));
        Assert.Equal(5, server.Logs.Asked.Last().Tail);
        string unknown = await _kubectl.FailAsync("logs kube-l -c nosuch");
        Assert.Contains("container nosuch is not valid for pod kube-l", unknown, StringComparison.Ordinal);
        Assert.Contains("previous terminated container", await _kubectl.FailAsync("logs kube-m -p"), StringComparison.Ordinal);

        server.Logs.Write("kube-l", "two");
        server.Logs.Write("kube-m", "three");
        string both = await _kubectl.RunAsync("logs -l trireme.dev/service=tiny --prefix");
        Assert.Equal(["[pod/kube-l/engine] two", "[pod/kube-m/engine] three"], both.TrimEnd().Split('\n').Order());

        using Process follow = _kubectl.Start("logs -f --timestamps kube-l");
        server.Logs.Write("kube-l", "four");
        string? line = await follow.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.Equal("2026-01-02T03:04:00.500000000Z four", line);
        server.Logs["kube-l"].Complete();
        await follow.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, follow.ExitCode);
    }

    [Fact]
    public async Task A_pod_of_a_replica_is_deleted_with_it_and_other_pods_are_made_beside()
    {
        await server.CreateAsync(_namespace, "kube-d", Statuses.Ready);
        using Process delete = _kubectl.Start("delete pod kube-d");
        Task<string> said = delete.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Eventually.True(
            "the replica is being deleted",
            TimeSpan.FromSeconds(20),
            async () => (await server.Api.GetAsync(Replicas(_namespace, "kube-d")))["metadata"]!["deletionTimestamp"] is not null,
            TestContext.Current.CancellationToken);
        await server.Api.MergeAsync(Replicas(_namespace, "kube-d"), Objects.Parse("""{"metadata":{"finalizers":null}}"""));
        Assert.StartsWith("pod \"kube-d\" deleted", await said, StringComparison.Ordinal);
        Assert.Equal("pod/other created\n", await _kubectl.RunAsync("run other --image=x"));
        Assert.Matches(@"\nother +0/1 +Pending +0 ", "\n" + await _kubectl.RunAsync("get pods --no-headers"));
        Assert.StartsWith("pod \"other\" deleted", await _kubectl.RunAsync("delete pod other"), StringComparison.Ordinal);
    }
}
