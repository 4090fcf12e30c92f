using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Testing;

/// <summary>A real platform: the built program as its own process on a data folder, with free ports.</summary>
public sealed class PlatformProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(90);

    private readonly StringBuilder _output = new();

    /// <summary>Where in the output the last start begins.</summary>
    private int _begun;
    private Process? _process;
    private string? _shell;

    private PlatformProcess(string dataFolder, IReadOnlyList<string> arguments)
    {
        DataFolder = dataFolder;
        Arguments = arguments;
    }

    public static string Program { get; } = Repository.PathOf("artifacts", "bin", "Trireme", "release", "trireme");

    public string DataFolder { get; }

    public int Pid => _process!.Id;

    /// <summary>Everything the platform printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    public JsonObject Endpoints { get; private set; } = [];

    public string Gateway => (string)Endpoints["gateway"]!;

    public string Dashboard => (string)Endpoints["dashboard"]!;

    public string Kubeconfig => (string)Endpoints["kubeconfig"]!;

    public string ApiKey => File.ReadAllText(Path.Combine(DataFolder, "credentials", "api-key")).Trim();

    /// <summary>What programs present to the query API and /metrics.</summary>
    public string TelemetryKey => File.ReadAllText(Path.Combine(DataFolder, "credentials", "telemetry-key")).Trim();

    private IReadOnlyList<string> Arguments { get; }

    /// <summary>Starts a platform and waits until it says that everything is ready.</summary>
    public static async Task<PlatformProcess> StartAsync(string dataFolder, params string[] arguments)
    {
        var platform = new PlatformProcess(dataFolder, arguments);
        await platform.StartAsync();
        return platform;
    }

    /// <summary>The same, after a shell has run a command such as "ulimit -f 1024", whose unit is 512 bytes.</summary>
    public static async Task<PlatformProcess> StartAfterAsync(string shell, string dataFolder, params string[] arguments)
    {
        var platform = new PlatformProcess(dataFolder, arguments) { _shell = shell };
        await platform.StartAsync();
        return platform;
    }

    /// <summary>Starts the platform.</summary>
    /// <param name="untilReady">Whether to wait for its services; it can be asked before.</param>
    public async Task StartAsync(bool untilReady = true)
    {
        string endpoints = Path.Combine(DataFolder, "endpoints.json");
        File.Delete(endpoints);
        _begun = Output.Length;
        _process = Launch(
            _shell,
            ["up", "--data-dir", DataFolder, "--port", "0", "--api-port", "0", "--log-level", "information", .. Arguments],
            line =>
            {
                lock (_output) _output.AppendLine(line);
            });
        try
        {
            Endpoints = await Eventually.Get("endpoints.json", StartTimeout, () => Task.FromResult(ReadEndpoints(endpoints)));
            if (untilReady) await Eventually.True("that it runs", StartTimeout, () => Task.FromResult(SaysItRuns()));
        }
        catch (TimeoutException exception)
        {
            throw new InvalidOperationException($"The platform did not become ready. It printed:\n{Output}", exception);
        }
    }

    /// <summary>Ends the platform as a service manager does; Ctrl+C takes the same way.</summary>
    public async Task StopAsync()
    {
        if (_process is not { HasExited: false } process) return;
        using (Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await WaitForExitAsync(StopTimeout);
        }
    }

    /// <exception cref="OperationCanceledException">It still runs after that time.</exception>
    public async Task WaitForExitAsync(TimeSpan timeout)
    {
        using var deadline = new CancellationTokenSource(timeout);
        await _process!.WaitForExitAsync(deadline.Token);
    }

    /// <summary>Ends the platform as a power cut does; its children live on.</summary>
    public async Task KillAsync()
    {
        _process!.Kill(entireProcessTree: false);
        await _process.WaitForExitAsync();
    }

    /// <summary>Runs a command of the program against this platform.</summary>
    public Task<CommandResult> RunAsync(params string[] arguments) =>
        CommandResult.RunAsync(Program, arguments, new Dictionary<string, string> { ["TRIREME_DATA_DIR"] = DataFolder });

    public Task<CommandResult> KubectlAsync(params string[] arguments) =>
        CommandResult.RunAsync(
            "kubectl",
            arguments,
            new Dictionary<string, string> { ["KUBECONFIG"] = Path.Combine(DataFolder, "kubeconfig") });

    /// <summary>Objects of a kind in the default namespace.</summary>
    public async Task<IReadOnlyList<JsonObject>> ListAsync(string kind)
    {
        CommandResult result = await RunAsync("get", kind, "-o", "json");
        if (result.ExitCode != 0) throw new HttpRequestException($"get {kind} failed: {result.Error}");
        return [.. JsonNode.Parse(result.Output)!["items"]!.AsArray().Select(item => item!.AsObject())];
    }

    public HttpClient CreateClient()
    {
        var client = new HttpClient { BaseAddress = new Uri(Gateway + "/"), Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);
        return client;
    }

    /// <summary>What a replica's start obeys.</summary>
    public string KeyOf(JsonObject replica)
    {
        ArgumentNullException.ThrowIfNull(replica);
        JsonNode metadata = replica["metadata"]!;
        string folder = Path.Combine(DataFolder, "replicas", (string)metadata["namespace"]!, (string)metadata["name"]!);
        return File.ReadAllText(Path.Combine(folder, "worker.key")).Trim();
    }

    /// <summary>A client of one replica at its own address, with its key, as the platform calls it.</summary>
    public HttpClient CreateReplicaClient(JsonObject replica)
    {
        var client = new HttpClient { BaseAddress = new Uri((string)replica["status"]!["endpoint"]!) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", KeyOf(replica));
        return client;
    }

    /// <summary>A client of the query API and /metrics.</summary>
    public HttpClient CreateTelemetryClient()
    {
        var client = new HttpClient { BaseAddress = new Uri(Dashboard), Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TelemetryKey);
        return client;
    }

    /// <summary>
    /// A new address that signs one browser in to the dashboard, as "trireme dashboard" prints it; opening it does the rest.
    /// </summary>
    public async Task<string> SignInLinkAsync()
    {
        CommandResult result = await RunAsync("dashboard");
        if (result.ExitCode != 0) throw new InvalidOperationException($"No link into the dashboard: {result.Error}");
        return result.Output.Trim();
    }

    /// <summary>A client of the dashboard that has signed in, as a browser with the session's cookie.</summary>
    public async Task<HttpClient> SignInAsync()
    {
        var handler = new SocketsHttpHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false };
        var client = new HttpClient(handler) { BaseAddress = new Uri(Dashboard), Timeout = TimeSpan.FromSeconds(60) };
        string token = new Uri(await SignInLinkAsync()).Fragment[1..];
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = token });
        using HttpResponseMessage response = await client.PostAsync("/signin", form);
        if (response.StatusCode != HttpStatusCode.SeeOther) throw new InvalidOperationException($"Signing in got {response.StatusCode}.");
        return client;
    }

    /// <summary>Process ids of all workers that serve for this data folder, whoever their parent is.</summary>
    public IReadOnlyList<int> WorkerPids() =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out int pid) ? pid : 0)
            .Where(pid => pid > 0 && IsWorker(pid)),
    ];

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        catch (OperationCanceledException)
        {
            _process!.Kill(entireProcessTree: true);
        }

        foreach (int pid in WorkerPids())
        {
            using (Process.Start("kill", ["-KILL", pid.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            {
            }
        }

        _process?.Dispose();
    }

    private static Process Launch(string? shell, IReadOnlyList<string> arguments, Action<string> line)
    {
        ProcessStartInfo start = shell is null
            ? new(Program, arguments)
            : new("sh", ["-c", $"{shell}; exec \"$0\" \"$@\"", Program, .. arguments]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["TRIREME_HOME"] = Repository.Root;
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, data) => line(data.Data ?? "");
        process.ErrorDataReceived += (_, data) => line(data.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>True once it has printed its addresses, after it waited for its services.</summary>
    public bool SaysItRuns()
    {
        ThrowIfEnded();
        return Output[_begun..].Contains("\nTrireme runs.\n", StringComparison.Ordinal);
    }

    private void ThrowIfEnded()
    {
        if (_process!.HasExited) throw new InvalidOperationException($"The platform ended with code {_process.ExitCode}:\n{Output}");
    }

    private JsonObject? ReadEndpoints(string path)
    {
        ThrowIfEnded();
        try
        {
            return File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : null;
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    private bool IsWorker(int pid)
    {
        try
        {
            string[] arguments = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            return arguments.Contains("worker") && arguments.Any(argument => argument.StartsWith(DataFolder, StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
