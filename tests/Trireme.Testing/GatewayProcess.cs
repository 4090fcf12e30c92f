using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Trireme.Testing;

/// <summary>A gateway in a process of its own, beside a platform's data folder, on a free port.</summary>
public sealed partial class GatewayProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> _output = new();
    private readonly Process _process;

    private GatewayProcess(string dataFolder)
    {
        var start = new ProcessStartInfo(PlatformProcess.Program, ["gateway", "--data-dir", dataFolder, "--port", "0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, data) => _output.Enqueue(data.Data ?? "");
        _process.ErrorDataReceived += (_, data) => _output.Enqueue(data.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => string.Join('\n', _output);

    /// <summary>OpenAI base URL.</summary>
    public Uri Address { get; private set; } = null!;

    public Uri Metrics { get; private set; } = null!;

    /// <summary>Starts one; it may wait for its platform.</summary>
    public static GatewayProcess Launch(string dataFolder) => new(dataFolder);

    /// <summary>Starts one and waits until it serves.</summary>
    public static async Task<GatewayProcess> StartAsync(string dataFolder)
    {
        GatewayProcess gateway = Launch(dataFolder);
        await gateway.ServesAsync();
        return gateway;
    }

    public async Task ServesAsync()
    {
        Match addresses = await Eventually.Get("a gateway that serves", StartTimeout, () =>
        {
            if (_process.HasExited) throw new InvalidOperationException($"The gateway ended with code {_process.ExitCode}:\n{Output}");
            Match match = Addresses().Match(Output);
            return Task.FromResult(match.Success ? match : null);
        });
        Address = new Uri(addresses.Groups["clients"].Value);
        Metrics = new Uri(addresses.Groups["metrics"].Value);
    }

    /// <summary>Ends it as a service manager does; its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        using var deadline = new CancellationTokenSource(StartTimeout);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [GeneratedRegex("^Gateway on (?<clients>\\S+)/v1 for .*; metrics on (?<metrics>\\S+)$", RegexOptions.Multiline)]
    private static partial Regex Addresses();
}
