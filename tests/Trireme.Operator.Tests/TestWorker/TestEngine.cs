using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Trireme.Contracts.Identity;

namespace Trireme.Operator.Tests.TestWorker;

/// <summary>
/// An engine process without an engine: it takes the worker's options, writes the endpoint file, answers health checks and scores
/// texts by a constant. A file "behaviour" in the model's folder makes it misbehave.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "Started as a process.")]
internal sealed class TestEngine
{
    public const string Command = "worker";

    private readonly Dictionary<string, string> _options;
    private readonly string _behaviour;
    private readonly ReplicaKey? _key;
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private bool _asleep;

    private TestEngine(string[] args)
    {
        _options = Read([.. args.Skip(1)]);
        string file = Path.Combine(_options["--model"], "behaviour");
        _behaviour = File.Exists(file) ? File.ReadAllText(file).Trim() : "";
        _key = _options.TryGetValue("--api-key-file", out string? key) ? ReplicaKey.Read(key) : null;
    }

    /// <summary>The command that starts this process's own program as an engine.</summary>
    public static WorkerProgram Program { get; } = new() { FileName = Environment.ProcessPath!, Arguments = [Command] };

    /// <summary>An option's value is what follows up to the next option: nothing, a text, or several.</summary>
    private static Dictionary<string, string> Read(string[] args)
    {
        var options = new Dictionary<string, string>();
        for (int start = 0, end; start < args.Length; start = end)
        {
            end = start + 1;
            while (end < args.Length && !args[end].StartsWith("--", StringComparison.Ordinal)) end++;
            options.Add(args[start], string.Join(' ', args[(start + 1)..end]));
        }

        return options;
    }

    public static async Task<int> RunAsync(string[] args) => await new TestEngine(args).RunAsync();

    private async Task<int> RunAsync()
    {
        if (_behaviour == "refuse")
        {
            await File.WriteAllTextAsync(_options["--termination-message-file"], "The model cannot be served. It is damaged.\n");
            return 78;
        }

        if (_behaviour == "changed")
        {
            await File.WriteAllTextAsync(
                _options["--termination-message-file"], "/m/model.safetensors has 0 bytes and had 9. Restore it.\n");
            return 7;
        }

        if (_behaviour == "crash")
        {
            Console.Error.WriteLine("the weights are damaged");
            return 3;
        }

        using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            if (_behaviour != "stubborn") _terminated.TrySetResult();
        });
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string endpoint = $"http://{listener.LocalEndpoint}";
        string file = _options["--endpoint-file"];
        await File.WriteAllTextAsync(file + ".tmp", JsonSerializer.Serialize(new { endpoint, pid = Environment.ProcessId }));
        File.Move(file + ".tmp", file, overwrite: true);
        Console.WriteLine("listening");
        byte[][] hoard = _behaviour == "greedy" ? [.. Enumerable.Range(0, 40).Select(_ => Hoard())] : [];

        Task accepting = AcceptAsync(listener);
        await _terminated.Task;
        while (Volatile.Read(ref _open) > 0) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        GC.KeepAlive(hoard);
        listener.Stop();
        await accepting;
        return 0;
    }

    /// <summary>A megabyte that is really there: pages never written take no memory.</summary>
    private static byte[] Hoard()
    {
        var block = new byte[1 << 20];
        Array.Fill(block, (byte)1);
        return block;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(AnswerAsync(await listener.AcceptTcpClientAsync()));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                (string path, string authorization, string body) = await ReadAsync(stream);
                if (_behaviour == "mute" && path == "/health") await Task.Delay(
                    Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
                bool isOpen = _key?.Matches(authorization) ?? true;
                if (path == "/slow" && isOpen)
                {
                    await AnswerSlowlyAsync(stream);
                    return;
                }

                (int status, string answer) = isOpen ? Respond(path, body) : (401, "");
                byte[] payload = Encoding.UTF8.GetBytes(answer);
                string head = string.Create(
                    CultureInfo.InvariantCulture, $"HTTP/1.1 {status} X\r\nContent-Length: {payload.Length}\r\nConnection: close\r\n\r\n");
                await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
                await stream.WriteAsync(payload);
            }
            catch (IOException)
            {
                // The client hung up.
            }
        }
    }

    /// <summary>Says that the request is open before it takes its time: whoever stops the engine then stops it in the middle.</summary>
    private async Task AnswerSlowlyAsync(NetworkStream stream)
    {
        Interlocked.Increment(ref _open);
        try
        {
            await stream.WriteAsync("HTTP/1.1 200 X\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"u8.ToArray());
            await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System, CancellationToken.None);
            await stream.WriteAsync("done"u8.ToArray());
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private (int Status, string Body) Respond(string path, string body)
    {
        switch (path)
        {
            case "/sleep?level=2":
                _asleep = true;
                return (200, "");
            case "/wake_up" when _behaviour == "deep sleeper":
                return (503, """{"error":{"message":"The engine could not be woken and sleeps on: no memory"}}""");
            case "/wake_up":
                _asleep = false;
                return (200, "");
            case "/health" when _asleep:
                return (503, """{"state":"sleeping","message":null}""");
            case "/health":
                return (_behaviour == "loading" || _terminated.Task.IsCompleted ? 503 : 200, "");
            case "/startup":
                return (200, """{"stages":[{"stage":"weights","seconds":0.25},{"stage":"warm-up","seconds":0.5}]}""");
            case "/options":
                return (200, JsonSerializer.Serialize(_options));
            case "/v1/completions":
                return Score(body);
            case "/v1/chat/completions":
                return Answer(body);
            default:
                return (404, "");
        }
    }

    /// <summary>Repeats the question; a model with the behaviour "worse" does not know.</summary>
    private (int Status, string Body) Answer(string body)
    {
        using JsonDocument request = JsonDocument.Parse(body);
        string question = request.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;
        string content = _behaviour == "worse" ? "I do not know." : question;
        return (200, JsonSerializer.Serialize(new { choices = new[] { new { message = new { role = "assistant", content } } } }));
    }

    /// <summary>Each word is a token of one nat; a model with the behaviour "worse" needs two.</summary>
    private (int Status, string Body) Score(string body)
    {
        using JsonDocument request = JsonDocument.Parse(body);
        int words = request.RootElement.GetProperty("prompt").GetString()!.Split(' ').Length;
        double?[] logprobs = [null, .. Enumerable.Repeat<double?>(_behaviour == "worse" ? -2 : -1, words - 1)];
        return (200, JsonSerializer.Serialize(new { choices = new[] { new { logprobs = new { token_logprobs = logprobs } } } }));
    }

    private static async Task<(string Path, string Authorization, string Body)> ReadAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        string request = await reader.ReadLineAsync() ?? throw new IOException("no request");
        int length = 0;
        bool chunked = false;
        string authorization = "";
        while (await reader.ReadLineAsync() is { Length: > 0 } header)
        {
            bool isLength = header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase);
            if (isLength) length = int.Parse(header[15..], CultureInfo.InvariantCulture);
            bool isAuthorization = header.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase);
            if (isAuthorization) authorization = header[14..].Trim();
            chunked |= header.StartsWith("Transfer-Encoding:", StringComparison.OrdinalIgnoreCase);
        }

        string body = chunked ? await ReadChunksAsync(reader) : await ReadBlockAsync(reader, length);
        return (request.Split(' ')[1], authorization, body);
    }

    private static async Task<string> ReadChunksAsync(StreamReader reader)
    {
        var body = new StringBuilder();
        while (int.Parse(await reader.ReadLineAsync() ?? "0", NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
        {
            body.Append(await ReadBlockAsync(reader, size));
            await reader.ReadLineAsync();
        }

        return body.ToString();
    }

    /// <summary>Bodies of these tests are ASCII, so characters count like bytes.</summary>
    private static async Task<string> ReadBlockAsync(StreamReader reader, int length)
    {
        if (length == 0) return "";
        var block = new char[length];
        await reader.ReadBlockAsync(block);
        return new string(block);
    }
}
