using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Trireme.Contracts.Engines;

namespace Trireme.Worker.Tests.Hosting;

/// <summary>A worker in a process of its own, which only HTTP, signals and locks reach.</summary>
internal sealed class WorkerProcess : IDisposable
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    private readonly Process _process;

    private WorkerProcess(Process process, HttpClient http)
    {
        _process = process;
        Http = http;
    }

    public HttpClient Http { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a worker and waits until it is healthy.</summary>
    /// <param name="options">With an endpoint file.</param>
    /// <param name="processMemory">Bytes that whoever starts it lets it take; null for any.</param>
    public static async Task<WorkerProcess> StartAsync(WorkerOptions options, long? processMemory = null)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        if (processMemory is { } bytes)
        {
            start.Environment[EngineEnvironment.ProcessMemory] = bytes.ToString(CultureInfo.InvariantCulture);
        }

        start.ArgumentList.Add(Program.WorkerMode);
        start.ArgumentList.Add(JsonSerializer.Serialize(options));
        Process process = Process.Start(start)!;
        try
        {
            return new WorkerProcess(process, await RunningWorker.ConnectAsync(options.EndpointFile!, process.WaitForExitAsync()));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Starts a worker that may never become healthy.</summary>
    public static WorkerProcess Launch(WorkerOptions options)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        start.ArgumentList.Add(Program.WorkerMode);
        start.ArgumentList.Add(JsonSerializer.Serialize(options));
        return new WorkerProcess(Process.Start(start)!, new HttpClient());
    }

    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Soon, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Whether the process holds the file open.</summary>
    public bool HasOpen(string file) =>
        Directory.EnumerateFiles($"/proc/{_process.Id}/fd").Any(descriptor => new FileInfo(descriptor).LinkTarget == file);

    /// <summary>Resident memory in bytes.</summary>
    public long ResidentBytes()
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
        Http.Dispose();
    }
}
