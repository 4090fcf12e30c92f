using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Traffic from the program's own load command while a test does something to the platform.</summary>
internal sealed class BackgroundLoad : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;

    private BackgroundLoad(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
    }

    public static BackgroundLoad Start(PlatformProcess platform, double requestsPerSecond, string service = "tiny")
    {
        string rate = requestsPerSecond.ToString(CultureInfo.InvariantCulture);
        string[] arguments =
        [
            "load", "--data-dir", platform.DataFolder, "--service", service, "--rps", rate, "--for", "1h", "--max-tokens", "32",
            "-o", "json",
        ];
        var start = new ProcessStartInfo(PlatformProcess.Program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new BackgroundLoad(Process.Start(start)!);
    }

    /// <summary>Ends the traffic, waits for open requests and returns the report.</summary>
    public async Task<JsonObject> StopAsync()
    {
        using (Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await _process.WaitForExitAsync();
        }

        return JsonNode.Parse(await _output)!.AsObject();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
