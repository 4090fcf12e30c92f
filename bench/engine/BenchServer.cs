using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Trireme.Engine.Benchmarks;

/// <summary>A server process with OpenAI's completions, Trireme's worker or llama-server, that answers on a port of its own.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client;

    private BenchServer(Process process, HttpClient client)
    {
        _process = process;
        _client = client;
    }

    /// <summary>Seconds from the start of the process to the first token of an answer.</summary>
    public double StartSeconds { get; private set; }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Starts a server and waits for the first token of its first answer.</summary>
    public static async Task<BenchServer> StartAsync(ProcessStartInfo command, int port)
    {
        command.RedirectStandardOutput = command.RedirectStandardError = true;
        long start = Stopwatch.GetTimestamp();
        Process process = Process.Start(command)!;
        // Nobody reads what they say, and a full pipe would stop them.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(10) };
        var server = new BenchServer(process, client);
        while (!await server.IsReadyAsync())
        {
            if (process.HasExited) throw new InvalidOperationException($"{command.FileName} ended with {process.ExitCode}.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }

        await server.FirstTokenSecondsAsync([1, 2, 3], salt: null);
        server.StartSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return server;
    }

    /// <summary>Seconds from sending a prompt to the first token of its answer.</summary>
    /// <param name="prompt">Token ids.</param>
    /// <param name="salt">Keeps Trireme's prefix cache apart; llama-server knows no such thing.</param>
    /// <param name="tokens">Length of the answer.</param>
    public async Task<double> FirstTokenSecondsAsync(IReadOnlyList<int> prompt, string? salt, int tokens = 1)
    {
        var body = new JsonObject
        {
            ["prompt"] = new JsonArray([.. prompt.Select(token => (JsonNode)token)]),
            ["max_tokens"] = tokens,
            ["temperature"] = 0,
            ["ignore_eos"] = true,
            ["stream"] = true,
        };
        if (salt is not null) body["cache_salt"] = salt;
        long start = Stopwatch.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = JsonContent.Create(body) };
        using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException(await response.Content.ReadAsStringAsync());
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        double? first = null;
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("data: {", StringComparison.Ordinal)) first ??= Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return first ?? throw new InvalidOperationException("The answer held no token.");
    }

    /// <summary>Resident memory of the process in bytes.</summary>
    public long ResidentBytes()
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _client.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using HttpResponseMessage response = await _client.GetAsync(new Uri("/health", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
