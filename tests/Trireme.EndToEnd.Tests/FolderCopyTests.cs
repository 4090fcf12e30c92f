using System.Diagnostics;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>A data folder copied while its platform runs, and one backed up, are platforms of their own.</summary>
public sealed class FolderCopyTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _elsewhere = new();
    private PlatformProcess _platform = null!;

    public async ValueTask InitializeAsync() => _platform = await PlatformProcess.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        _folder.Dispose();
        _elsewhere.Dispose();
    }

    [Fact]
    public async Task A_platform_on_a_copy_leaves_the_originals_replicas_alone_from_its_start_to_its_end()
    {
        int[] workers = [.. _platform.WorkerPids().Order()];
        string[] endpoints = await EndpointsAsync(_platform);
        Assert.Equal(2, workers.Length);
        await CommandResult.RunAsync("cp", ["-r", _folder.Path, _elsewhere.File("copy")]);

        await using (PlatformProcess copy = await PlatformProcess.StartAsync(_elsewhere.File("copy")))
        {
            Assert.Contains("was copied, moved or restored", copy.Output, StringComparison.Ordinal);
            Assert.Empty(endpoints.Intersect(await EndpointsAsync(copy)));
            Assert.Empty(workers.Intersect(copy.WorkerPids()));
            Assert.Equal(workers, _platform.WorkerPids().Order());
        }

        Assert.Equal(workers, _platform.WorkerPids().Order());
        Assert.Equal(endpoints, await EndpointsAsync(_platform));
    }

    [Fact]
    public async Task A_backup_of_a_running_platform_makes_another_one_that_serves_under_the_same_key()
    {
        string archive = _elsewhere.File("backup.tgz");
        CommandResult made = await _platform.RunAsync("backup", archive);
        Assert.True(made.ExitCode == 0, made.Error);
        Assert.Contains("Backed up", made.Output, StringComparison.Ordinal);

        CommandResult inUse = await _platform.RunAsync("restore", archive, "--force");
        Assert.Equal(1, inUse.ExitCode);
        Assert.Contains("a platform runs on", inUse.Error, StringComparison.Ordinal);

        string target = _elsewhere.File("restored");
        CommandResult restored = await _platform.RunAsync("restore", archive, "--data-dir", target);
        Assert.True(restored.ExitCode == 0, restored.Error);
        await using PlatformProcess other = await PlatformProcess.StartAsync(target);
        Assert.Equal(_platform.ApiKey, other.ApiKey);
        using HttpClient client = other.CreateClient();
        using HttpResponseMessage models =
            await client.GetAsync(new Uri("models", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)models.StatusCode);
        Assert.Empty((await EndpointsAsync(_platform)).Intersect(await EndpointsAsync(other)));
    }

    [Fact]
    public async Task A_backup_that_is_killed_is_whole_or_absent_and_the_next_one_is_made()
    {
        string archive = _elsewhere.File("backup.tgz");
        var random = new Random(17);
        for (int i = 0; i < 12; i++)
        {
            File.Delete(archive);
            using Process backup = Process.Start(PlatformProcess.Program, ["backup", archive, "--data-dir", _folder.Path]);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(50, 700)), TimeProvider.System, TestContext.Current.CancellationToken);
            backup.Kill();
            await backup.WaitForExitAsync(TestContext.Current.CancellationToken);
            if (!File.Exists(archive)) continue;
            CommandResult check = await CommandResult.RunAsync("gzip", ["-t", archive]);
            Assert.True(check.ExitCode == 0, check.Error);
        }

        CommandResult last = await _platform.RunAsync("backup", archive);
        Assert.True(last.ExitCode == 0, last.Error);
        Assert.Equal(["backup.tgz"], Directory.GetFileSystemEntries(_elsewhere.Path, "backup*").Select(Path.GetFileName));
    }

    [Fact]
    public async Task An_archive_that_was_cut_is_refused_with_its_name()
    {
        string archive = _elsewhere.File("backup.tgz");
        await _platform.RunAsync("backup", archive);
        await using (FileStream file = File.OpenWrite(archive)) file.SetLength(file.Length / 2);
        CommandResult refused = await _platform.RunAsync("restore", archive, "--data-dir", _elsewhere.File("restored"));
        Assert.Equal(4, refused.ExitCode);
        Assert.Contains($"{archive} is not a whole backup", refused.Error, StringComparison.Ordinal);
    }

    private static async Task<string[]> EndpointsAsync(PlatformProcess platform)
    {
        IReadOnlyList<JsonObject> replicas = await Eventually.Get("two replicas are ready", TimeSpan.FromSeconds(60), async () =>
        {
            IReadOnlyList<JsonObject> all = await platform.ListAsync("modelreplicas");
            return all.Count(replica => (string?)replica["status"]?["phase"] == "Ready") == 2 ? all : null;
        });
        return [.. replicas.Select(replica => (string)replica["status"]!["endpoint"]!).Order(StringComparer.Ordinal)];
    }
}
