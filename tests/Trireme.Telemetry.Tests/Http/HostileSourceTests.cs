using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using Trireme.Testing;

namespace Trireme.Telemetry.Tests.Http;

/// <summary>Whatever comes from a socket: the target is down with a reason, its values end, and it comes back when it behaves.</summary>
public sealed class HostileSourceTests
{
    private const string Type = "Content-Type: text/plain; version=0.0.4\r\n";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly TelemetryOptions Options = new()
    {
        ScrapeInterval = TimeSpan.FromMilliseconds(50),
        ScrapeTimeout = TimeSpan.FromMilliseconds(400),
        MaxScrapeBytes = 256 * 1024,
        MaxSamplesPerScrape = 1000,
    };

    private static readonly string ManySamples = string.Concat(Enumerable.Range(0, 1001).Select(static i => $"good{{i=\"{i}\"}} 1\n"));

    /// <summary>What is sent, and a part of the reason.</summary>
    private static readonly Dictionary<string, (byte[] Bytes, string Reason)> Answers = new(StringComparer.Ordinal)
    {
        ["nothing"] = ([], "ended prematurely"),
        ["no HTTP"] = (Encoding.UTF8.GetBytes("SSH-2.0-OpenSSH_9.2\r\n"), "invalid status line"),
        ["half a header"] = (Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\nContent-Ty"), "ended prematurely"),
        ["endless headers"] = (Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\nx: " + new string('x', 200_000)), "headers length"),
        ["status 500"] = (Status("500 Oh dear"), "server returned HTTP status 500 Oh dear"),
        ["status 401"] = (Status("401 Unauthorized"), "server returned HTTP status 401 Unauthorized"),
        ["redirect"] = (Status("302 Found\r\nLocation: http://127.0.0.1:1/"), "server returned HTTP status 302 Found"),
        ["no content"] = (Encoding.UTF8.GetBytes("HTTP/1.1 204 No Content\r\n\r\n"), "the answer has no Content-Type"),
        ["body cut"] = (HostileServer.Response(Type + "Content-Length: 1000", "good 2\n"u8), "ended prematurely"),
        ["chunk cut"] = (HostileServer.Response(Type + "Transfer-Encoding: chunked", "40\r\ngood 2\n"u8), "ended prematurely"),
        ["last chunk missing"] = (
            HostileServer.Response(Type + "Transfer-Encoding: chunked", "7\r\ngood 2\n\r\n"u8), "ended prematurely"),
        ["chunk size broken"] = (HostileServer.Response(Type + "Transfer-Encoding: chunked", "zz\r\ngood 2\n"u8), "could not be parsed"),
        ["gzip cut"] = (Gzipped(Gzip("good 2\n"u8)[..^5]), "the answer is gzip that was cut short"),
        ["gzip over text"] = (Gzipped("good 2\n"u8.ToArray()), "the answer is no valid gzip"),
        ["gzip empty"] = (Gzipped([]), "the answer is gzip that was cut short"),
        ["gzip bomb"] = (Gzipped(Gzip(new byte[4 << 20])), "the answer is longer than 262144 bytes"),
        ["another encoding"] = (
            HostileServer.Response(Type + "Content-Encoding: br\r\nContent-Length: 7", "good 2\n"u8), "encoded as \"br\""),
        ["too long"] = (HostileServer.Page(new byte[300_000]), "the answer is longer than 262144 bytes"),
        ["too many samples"] = (
            HostileServer.Page(Encoding.UTF8.GetBytes(ManySamples)),
            "more than 1000 samples in one scrape"),
        ["broken line"] = (HostileServer.Page("good 2\ngood 3 4 5\n"u8), "1 malformed lines, the first is line 2"),
        ["broken number"] = (HostileServer.Page("good 2x\n"u8), "1 malformed lines"),
        ["open quote"] = (HostileServer.Page("good{a=\"b} 2\n"u8), "1 malformed lines"),
        ["label twice"] = (HostileServer.Page("good{a=\"b\",a=\"c\"} 2\n"u8), "1 malformed lines"),
        ["bytes in a label that are no text"] = (
            HostileServer.Page([.. "good{a=\""u8, 0xFF, .. "\"} 2\n"u8]), "1 malformed lines"),
        ["bytes in a help text that are no text"] = (
            HostileServer.Page([.. "# HELP good "u8, 0xC3, .. "\ngood 2\n"u8]), "1 malformed lines"),
        ["binary"] = (HostileServer.Page([0x0A, 0x12, 0x00, 0xFF, 0xFE, 0x80, 0x0A]), "malformed lines"),
        ["a page for people"] = (HostileServer.Page("<html>log in</html>"u8, "text/html"), "Content-Type \"text/html\""),
        ["JSON"] = (HostileServer.Page("{}"u8, "application/json"), "Content-Type \"application/json\""),
        ["a broken type"] = (HostileServer.Page("good 2\n"u8, ";;"), "Content-Type \";;\""),
        ["no type"] = (HostileServer.Response("Content-Length: 7", "good 2\n"u8), "the answer has no Content-Type"),
        ["OpenMetrics cut"] = (HostileServer.Page("good 2\n"u8, "application/openmetrics-text"), "does not end with # EOF"),
        ["OpenMetrics cut in a line"] = (HostileServer.Page("good 2\n# EO"u8, "application/openmetrics-text"), "does not end with # EOF"),
        ["text after the end"] = (
            HostileServer.Page("good 2\n# EOF\nx 1\n# EOF\n"u8, "application/openmetrics-text"), "text follows # EOF"),
    };

    public static TheoryData<string> Names =>
        new(Answers.Keys.Concat(["reset", "silence", "silence after the headers", "a byte at a time"]));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_source_is_down_with_a_reason_whatever_it_does(string name)
    {
        await using var server = new HostileServer();
        await using TelemetryHost host = await TelemetryHost.StartAsync(Options);
        host.Targets = [server.Target];
        foreach (string type in (string[])["text/plain", "application/openmetrics-text; version=1.0.0"])
        {
            server.AnswerBytes(HostileServer.Page("good{a=\"é\"} 1\n# EOF\n"u8, type));
            await Sees(host, "good", "1");
            await Sees(host, "up{job=\"hostile\"}", "1");
        }

        string reason = Misbehave(server, name);
        await Sees(host, "up{job=\"hostile\"}", "0");
        await Sees(host, "good");
        string? given = await host.LastErrorAsync("hostile");
        Assert.False(string.IsNullOrWhiteSpace(given));
        Assert.Contains(reason, given, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", given, StringComparison.Ordinal);
        server.AnswerBytes(HostileServer.Page("good 3\n"u8));
        await Sees(host, "good", "3");
        await Sees(host, "up{job=\"hostile\"}", "1");
        Assert.Equal("", await host.LastErrorAsync("hostile"));
    }

    private static string Misbehave(HostileServer server, string name)
    {
        const string TimedOut = "no answer within 0.4 s";
        switch (name)
        {
            case "reset":
                server.Answer = static (socket, _) =>
                {
                    socket.LingerState = new LingerOption(enable: true, seconds: 0);
                    socket.Close();
                    return Task.CompletedTask;
                };
                return "reset";
            case "silence":
                server.Answer = static (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return TimedOut;
            case "silence after the headers":
                server.Answer = static async (socket, token) =>
                {
                    await socket.SendAsync(HostileServer.Response(Type + "Content-Length: 100", "good 2\n"u8), token);
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                };
                return TimedOut;
            case "a byte at a time":
                server.Answer = static async (socket, token) =>
                {
                    foreach (byte one in HostileServer.Page(new byte[10_000]))
                    {
                        await socket.SendAsync(new[] { one }, token);
                        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, token);
                    }
                };
                return TimedOut;
            default:
                server.AnswerBytes(Answers[name].Bytes);
                return Answers[name].Reason;
        }
    }

    private static byte[] Status(string status) => Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");

    private static byte[] Gzipped(byte[] body) =>
        HostileServer.Response($"{Type}Content-Encoding: gzip\r\nContent-Length: {body.Length}", body);

    private static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal)) gzip.Write(bytes);
        return compressed.ToArray();
    }

    private static Task Sees(TelemetryHost host, string query, params string[] values) => Eventually.True(
        $"{query} gives [{string.Join(", ", values)}]",
        Deadline,
        async () => (await host.ValuesAsync(query)).SequenceEqual(values),
        TestContext.Current.CancellationToken);
}
