using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Trireme.Testing;

namespace Trireme.Telemetry.Tests.PromQL.Differential;

/// <summary>A Prometheus server of this machine over history written by promtool.</summary>
internal sealed class RealPrometheus : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly Process _process;
    private readonly HttpClient _client = new();

    private RealPrometheus(string executable, string openMetrics)
    {
        File.WriteAllText(_folder.File("history.txt"), openMetrics);
        File.WriteAllText(_folder.File("prometheus.yml"), "global: {}\n");
        int port = FreePort();
        Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        string promtool = Path.Combine(Path.GetDirectoryName(executable)!, "promtool");
        string[] arguments = ["tsdb", "create-blocks-from", "openmetrics", _folder.File("history.txt"), _folder.File("data")];
        using (Process backfill = Start(promtool, arguments))
        {
            backfill.WaitForExit();
            Assert.True(backfill.ExitCode == 0, backfill.StandardError.ReadToEnd());
        }

        _process = Start(
            executable,
            "--config.file=" + _folder.File("prometheus.yml"),
            "--storage.tsdb.path=" + _folder.File("data"),
            "--storage.tsdb.retention.time=100y",
            "--web.listen-address=127.0.0.1:" + port.ToString(CultureInfo.InvariantCulture),
            "--log.level=error");
    }

    public string Address { get; }

    /// <summary>The server over this history, or null where Prometheus is not on the path.</summary>
    public static async Task<RealPrometheus?> TryStartAsync(string openMetrics, CancellationToken cancellationToken)
    {
        string? executable = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(static folder => Path.Combine(folder, "prometheus"))
            .FirstOrDefault(static path => File.Exists(path) && File.Exists(Path.Combine(Path.GetDirectoryName(path)!, "promtool")));
        if (executable is null) return null;
        var server = new RealPrometheus(executable, openMetrics);
        await Eventually.True(
            "Prometheus is ready",
            StartDeadline,
            async () => (await server._client.GetAsync(new Uri(server.Address + "/-/ready"), cancellationToken)).IsSuccessStatusCode,
            cancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    private static Process Start(string executable, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(executable, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
