using System.Globalization;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Who asks a second time does not wait for what still drains.</summary>
public sealed class SecondSignalTests
{
    [Fact]
    public async Task A_second_signal_ends_the_platform_at_once_and_the_next_one_finds_its_objects()
    {
        using var folder = new TemporaryFolder();
        await using PlatformProcess platform = await PlatformProcess.StartAsync(folder.Path);
        string pid = platform.Pid.ToString(CultureInfo.InvariantCulture);

        // Two kinds, because two of one kind that arrive together are one.
        await CommandResult.RunAsync("sh", ["-c", $"kill -TERM {pid}; kill -INT {pid}"]);
        await platform.WaitForExitAsync(TimeSpan.FromSeconds(5));
        Assert.Contains("ended at once by a second signal", platform.Output, StringComparison.Ordinal);

        await platform.StartAsync();
        Assert.Single(await platform.ListAsync("modelservices"));
    }
}
