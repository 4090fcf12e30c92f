using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Trireme.ApiServer.Benchmarks;

/// <summary>A server in a process of its own on an empty folder.</summary>
internal abstract class MeasuredServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private Process? _process;

    public abstract string Name { get; }

    protected string Folder { get; } = Directory.CreateTempSubdirectory("trireme-bench-").FullName;

    /// <summary>Processor time that it has taken.</summary>
    public TimeSpan Processor
    {
        get
        {
            _process!.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>A client with connections of its own.</summary>
    public abstract HttpClient CreateClient();

    /// <summary>Writes a new object durably: it is on disk when the answer comes.</summary>
    /// <param name="client">One of this server's.</param>
    /// <param name="name">Not used before.</param>
    /// <param name="content">What to store.</param>
    public abstract Task WriteAsync(HttpClient client, string name, byte[] content);

    /// <summary>Starts a program and waits until it answers.</summary>
    protected async Task StartAsync(ProcessStartInfo start, Func<bool> isReady)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        var said = new List<string>();
        _process.OutputDataReceived += (_, line) => Keep(said, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(said, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var waited = Stopwatch.StartNew();
        while (!isReady())
        {
            if (_process.HasExited || waited.Elapsed > StartTimeout)
            {
                throw new InvalidOperationException($"{Name} did not start:\n{string.Join('\n', said)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    protected static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            using (Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            {
                await _process.WaitForExitAsync();
            }
        }

        _process?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static void Keep(List<string> lines, string? line)
    {
        lock (lines)
        {
            if (line is not null && lines.Count < 200) lines.Add(line);
        }
    }
}
