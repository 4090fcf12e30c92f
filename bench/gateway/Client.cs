using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace Trireme.Gateway.Benchmarks;

/// <summary>What clients saw.</summary>
internal sealed class Seen
{
    public List<double> ChunkMicroseconds { get; } = [];

    public List<double> FirstEventMicroseconds { get; } = [];

    public List<double> FirstContentMicroseconds { get; } = [];

    public int Whole { get; set; }

    public int Broken { get; set; }
}

/// <summary>One client with one connection that asks again and again until its time is over.</summary>
internal sealed class Client : IDisposable
{
    private const string Chat = """
        "model":"tiny","messages":[{"role":"user","content":"Tell me a short story about a dog."}]
        """;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly byte[] _buffer = new byte[64 * 1024];

    public Client(Target target)
    {
        _http.BaseAddress = target.Address;
        if (target.Key.Length > 0) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", target.Key);
    }

    public async Task<Seen> StreamAsync(long until)
    {
        var seen = new Seen();
        while (Stopwatch.GetTimestamp() < until)
        {
            using HttpResponseMessage response = await SendAsync("{\"stream\":true," + Chat + "}");
            await using Stream body = await response.Content.ReadAsStreamAsync();
            int events = 0, held = 0;
            bool done = false;
            while (await body.ReadAsync(_buffer.AsMemory(held)) is var read and > 0)
            {
                long now = Stopwatch.GetTimestamp();
                held = Take(_buffer.AsSpan(0, held + read), now, seen, ref events, ref done);
            }

            if (done && response.IsSuccessStatusCode && events == MockEngine.Deltas + 2) seen.Whole++;
            else seen.Broken++;
        }

        return seen;
    }

    public async Task<Seen> RequestAsync(long until)
    {
        var seen = new Seen();
        while (Stopwatch.GetTimestamp() < until)
        {
            long start = Stopwatch.GetTimestamp();
            using HttpResponseMessage response = await SendAsync("{" + Chat + "}");
            byte[] body = await response.Content.ReadAsByteArrayAsync();
            seen.ChunkMicroseconds.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            if (response.IsSuccessStatusCode && body.AsSpan().EndsWith("}"u8)) seen.Whole++;
            else seen.Broken++;
        }

        return seen;
    }

    public void Dispose() => _http.Dispose();

    private Task<HttpResponseMessage> SendAsync(string body)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = content };
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Notes the complete events; how many bytes of half an event are left at the start of the buffer.</summary>
    private static int Take(Span<byte> bytes, long now, Seen seen, ref int events, ref bool done)
    {
        int at = 0;
        while (bytes[at..].IndexOf("\n\n"u8) is var length and >= 0)
        {
            ReadOnlySpan<byte> one = bytes.Slice(at, length);
            at += length + 2;
            if (one.SequenceEqual("data: [DONE]"u8)) done = true;
            if (Written(one) is not { } written) continue;
            double late = Stopwatch.GetElapsedTime(written, now).TotalMicroseconds;
            if (events == 0) seen.FirstEventMicroseconds.Add(late);
            else seen.ChunkMicroseconds.Add(late);
            if (events == 1) seen.FirstContentMicroseconds.Add(late);
            events++;
        }

        bytes[at..].CopyTo(bytes);
        return bytes.Length - at;
    }

    /// <summary>When the engine wrote the event; null for one that says only how many tokens there were.</summary>
    private static long? Written(ReadOnlySpan<byte> one)
    {
        ReadOnlySpan<byte> name = "\"created\":"u8;
        int at = one.IndexOf(name);
        if (at < 0) return null;
        return System.Buffers.Text.Utf8Parser.TryParse(one[(at + name.Length)..], out long ticks, out _) && ticks > 1 ? ticks : null;
    }
}
