using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>The platform is killed while objects are applied; what it acknowledged is there afterwards.</summary>
public sealed class PlatformLossTests : IAsyncLifetime
{
    private static readonly TimeSpan RecoveryTimeout = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(7);
    private PlatformProcess _platform = null!;

    public async ValueTask InitializeAsync() => _platform = await PlatformProcess.StartAsync(_folder.Path);

    [Fact]
    public async Task Every_acknowledged_object_survives_and_no_process_is_orphaned()
    {
        var acknowledged = new HashSet<string>();
        for (int round = 0; round < Rounds.Count; round++)
        {
            IReadOnlyList<int> workers = _platform.WorkerPids();
            using var stop = new CancellationTokenSource();
            Task applying = ApplyUntilAsync(round, acknowledged, stop.Token);
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(50, 2500)), TimeProvider.System);
            await _platform.KillAsync();
            await stop.CancelAsync();
            await applying;

            await _platform.StartAsync();
            HashSet<string> present = [.. (await _platform.ListAsync("configmaps")).Select(item => (string)item["metadata"]!["name"]!)];
            Assert.Empty(acknowledged.Except(present));
            await Eventually.True($"round {round}: two workers, adopted or replaced", RecoveryTimeout, async () =>
            {
                int ready = (await _platform.ListAsync("modelreplicas")).Count(replica => (string?)replica["status"]?["phase"] == "Ready");
                return ready == 2 && _platform.WorkerPids().Count == 2;
            });
            Assert.True(workers.Count <= 2, "No worker is left from the round before.");
        }

        Assert.NotEmpty(acknowledged);
        await _platform.StopAsync();
        Assert.Empty(_platform.WorkerPids());
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Creates objects one after the other and notes the ones the server said yes to.</summary>
    private async Task ApplyUntilAsync(int round, HashSet<string> acknowledged, CancellationToken stop)
    {
        using HttpClient api = KubernetesApi.CreateClient(_platform.Kubeconfig);
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            string name = $"object-{round}-{i}";
            try
            {
                if (await KubernetesApi.CreateConfigMapAsync(api, name)) acknowledged.Add(name);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                // The server is gone; an object without an answer may be there or not.
                return;
            }
        }
    }
}
