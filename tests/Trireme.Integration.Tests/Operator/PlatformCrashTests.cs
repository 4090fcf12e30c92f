using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Integration.Tests.Operator;

/// <summary>The platform is a process of its own here, and is killed without a warning.</summary>
public sealed class PlatformCrashTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _port = FreePort();
    private Process? _platform;

    public void Dispose()
    {
        _platform?.Kill();
        _platform?.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Engines_survive_a_killed_platform_and_the_next_one_takes_over_what_lives_and_ends_what_nobody_wants()
    {
        TestApi api = await StartAsync();
        await api.ReleaseAsync(_folder.Path, "v1");
        await api.ServeAsync("v1", replicas: 2);
        await api.ServedByAsync("v1", replicas: 2);
        IReadOnlyList<ModelReplica> before = await api.ReplicasAsync();

        await KillAsync();
        Assert.All(before, replica => Assert.True(IsAlive(replica), "an engine died with its platform"));

        // While nobody looks, one engine dies.
        Process.GetProcessById(before[0].Status!.Process!.Pid).Kill();
        api = await StartAsync();
        await Eventually.True("both answer again", TestApi.Deadline, async () =>
        {
            IReadOnlyList<ModelReplica> now = await api.ReplicasAsync();
            return now.Count == 2 && now.All(replica => replica.Status is { Phase: ReplicaPhase.Ready })
                && now[0].Status!.Process != before[0].Status!.Process;
        }, TestContext.Current.CancellationToken);
        IReadOnlyList<ModelReplica> after = await api.ReplicasAsync();
        Assert.Equal(before[1].Status!.Process, after[1].Status!.Process);
        Assert.Equal(before.Select(replica => replica.Metadata.Name), after.Select(replica => replica.Metadata.Name));

        // The database is lost with all objects: the engines belong to nobody and are ended.
        await KillAsync();
        foreach (string file in Directory.GetFiles(_folder.File("data"), "objects.db*")) File.Delete(file);
        await StartAsync();
        await Eventually.True(
            "the orphans are gone", TestApi.Deadline, () => Task.FromResult(!after.Any(IsAlive)), TestContext.Current.CancellationToken);
    }

    private static bool IsAlive(ModelReplica replica)
    {
        string stat = $"/proc/{replica.Status!.Process!.Pid}/stat";
        return File.Exists(stat) && !File.ReadAllText(stat).Contains(") Z ");
    }

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }

    private async Task<TestApi> StartAsync()
    {
        _platform = Process.Start(Environment.ProcessPath!, [TestPlatform.Command, _folder.Path, _port]);
        KubernetesConnection connection = await Eventually.Get("the API server answers", TestApi.Deadline, async () =>
        {
            string kubeconfig = _folder.File("data", "kubeconfig");
            if (!File.Exists(kubeconfig)) return null;
            KubernetesConnection connection = KubernetesConnection.FromKubeconfig(kubeconfig);
            await connection.GetTextAsync("readyz");
            return connection;
        });
        return new TestApi(connection);
    }

    private async Task KillAsync()
    {
        _platform!.Kill();
        await _platform.WaitForExitAsync();
        _platform.Dispose();
        _platform = null;
    }
}
