using System.Diagnostics;
using Trireme.Operator.Artifacts;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Artifacts;

/// <summary>A platform that is killed at any moment of a fetch finds a store it can go on with.</summary>
public sealed class KilledFetchTests
{
    private const string Address = "hf://org/tiny@main";

    [Fact]
    public async Task A_fetch_that_is_killed_again_and_again_goes_on_and_ends_whole()
    {
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        byte[] weights = HubServer.Weights(6 << 20);
        await using HubServer hub = await HubServer.StartAsync();
        hub.Add("config.json", "{}");
        hub.Add("model.safetensors", weights, isLarge: true);
        using var bench = new FetchBench(new ArtifactOptions { HubEndpoint = hub.Endpoint });
        string partial = Path.Combine(bench.Store.Layout.Partial, HubServer.Sha256(weights));
        long before = 0;
        for (int life = 0; life < 3; life++)
        {
            // The server gives 16 chunks of 64 KiB in each life, and the process dies while it waits for the next.
            hub.Slow = new SemaphoreSlim(16);
            using Process process = Start(bench.Store.Layout.Root, hub.Endpoint);
            long least = before + (15 << 16);
            await Eventually.True(
                $"more than {least} bytes on disk",
                TimeSpan.FromSeconds(60),
                () => Task.FromResult(new FileInfo(partial) is { Exists: true } file && file.Length >= least),
                cancelled);
            process.Kill();
            await process.WaitForExitAsync(cancelled);
            before = new FileInfo(partial).Length;
            Assert.Empty(bench.Files("sources"));
        }

        hub.Slow = null;
        string folder = await bench.FetchedAsync(Address);
        Assert.Equal(weights, await File.ReadAllBytesAsync(Path.Combine(folder, "model.safetensors"), cancelled));
        Assert.Equal($"bytes={before}-", hub.OfStore.Last().Range);
        Assert.Equal(weights.Length - before, bench.Progress.ReceivedBytes - 2);
        Assert.Empty(bench.Files("partial"));
    }

    [Fact]
    public async Task Whatever_step_of_the_end_a_kill_comes_after_the_next_fetch_is_whole()
    {
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        await using HubServer hub = await HubServer.StartAsync();
        hub.Add("config.json", "{}");
        hub.Add("model.safetensors", "weights");
        using var bench = new FetchBench(new ArtifactOptions { HubEndpoint = hub.Endpoint });
        string folder = await bench.FetchedAsync(Address);
        SourceRecord record = bench.Store.Find(Address, HubServer.Commit)!;

        // Back to each state between blobs and source, from the end on.
        Action[] steps =
        [
            () => File.Delete(bench.Store.Layout.Source(Address, HubServer.Commit)),
            () => Directory.Delete(bench.Store.Layout.Hub, recursive: true),
            () => Directory.Move(folder, folder + ".0123"),
            () => File.Delete(bench.Store.Layout.Blob(record.Files[0].Sha256)),
            () => File.WriteAllText(bench.Store.Layout.Source(Address, HubServer.Commit), "{\"address\":"),
        ];
        for (int i = 0; i < steps.Length; i++)
        {
            for (int undone = 0; undone <= i; undone++) steps[undone]();
            Assert.Equal(folder, await bench.FetchedAsync(Address));
            Assert.Equal("weights", await File.ReadAllTextAsync(Path.Combine(folder, "model.safetensors"), cancelled));
            Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(folder, "config.json"), cancelled));
            Assert.NotNull(bench.Store.Find(Address, HubServer.Commit));
            if (Directory.Exists(folder + ".0123")) Directory.Delete(folder + ".0123", recursive: true);
        }
    }

    private static Process Start(string root, string endpoint)
    {
        string program = Environment.ProcessPath!;
        return Process.Start(new ProcessStartInfo(program, [KilledFetch.Command, root, endpoint, Address]))!;
    }
}
