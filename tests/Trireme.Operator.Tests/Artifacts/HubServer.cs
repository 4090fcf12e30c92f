using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Trireme.Operator.Tests.Artifacts;

/// <summary>A request as a server saw it.</summary>
internal sealed record SeenRequest(string Method, int Port, string Path, string? Authorization, string? Range);

/// <summary>
/// A model hub with a file store beside it on another port, as huggingface_hub was recorded to meet them: small files come from the hub,
/// large ones from the store that it redirects to.
/// </summary>
internal sealed class HubServer : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";
    public const string Repository = "org/tiny";

    private readonly WebApplication _app;
    private readonly Dictionary<string, byte[]> _files = [];
    private readonly HashSet<string> _large = [];
    private readonly int[] _ports;

    private HubServer(WebApplication app)
    {
        _app = app;
        _ports = [.. app.Urls.Select(url => new Uri(url).Port)];
    }

    public ConcurrentQueue<SeenRequest> Requests { get; } = new();

    public string Endpoint => $"http://127.0.0.1:{_ports[0]}";

    /// <summary>The port of the file store.</summary>
    public int StorePort => _ports[1];

    /// <summary>What a private model wants; null for a public one.</summary>
    public string? Token { get; set; }

    /// <summary>Answers in place of everything that the API is asked.</summary>
    public Func<HttpContext, Task<bool>>? Instead { get; set; }

    /// <summary>Bytes after which an answer of the store is cut; each is used once.</summary>
    public ConcurrentQueue<long> Cuts { get; } = new();

    public bool IgnoresRanges { get; set; }

    /// <summary>Holds each chunk of a large file back until it is released.</summary>
    public SemaphoreSlim? Slow { get; set; }

    /// <summary>What the store sends instead of a large file, with its size.</summary>
    public byte[]? Corrupted { get; set; }

    /// <summary>Further entries of the listing, as they are.</summary>
    public List<object> Odd { get; } = [];

    public static async Task<HubServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MinResponseDataRate = null;
        });
        WebApplication app = builder.Build();
        HubServer? server = null;
        app.Run(context => server!.AnswerAsync(context));
        await app.StartAsync();
        server = new HubServer(app);
        return server;
    }

    public void Add(string path, byte[] content, bool isLarge = false)
    {
        _files[path] = content;
        if (isLarge) _large.Add(path);
    }

    public void Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Bytes that look like weights.</summary>
    public static byte[] Weights(int size, int seed = 1)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static string GitSha1(byte[] content)
    {
        byte[] head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {content.Length}\0"));
#pragma warning disable CA5350 // Git's object ids are SHA-1.
        return Convert.ToHexStringLower(SHA1.HashData([.. head, .. content]));
#pragma warning restore CA5350
    }

    public IEnumerable<SeenRequest> OfStore => Requests.Where(request => request.Port == StorePort);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string path = request.Path.Value!;
        int port = context.Connection.LocalPort;
        Requests.Enqueue(new SeenRequest(
            request.Method, port, path + request.QueryString, Text(request.Headers.Authorization), Text(request.Headers.Range)));
        if (port == StorePort) await SendLargeAsync(context, path);
        else if (Instead is null || !await Instead(context)) await AnswerHubAsync(context, path);
    }

    private async Task AnswerHubAsync(HttpContext context, string path)
    {
        context.Response.Headers["X-Request-Id"] = "req-1";
        if (Token is not null && context.Request.Headers.Authorization != $"Bearer {Token}")
        {
            await MissingAsync(context);
        }
        else if (path.StartsWith($"/api/models/{Repository}/revision/", StringComparison.Ordinal))
        {
            bool isKnown = !path.EndsWith("/nope", StringComparison.Ordinal);
            if (!isKnown) await RefuseAsync(context, 404, "RevisionNotFound", "Invalid rev id: nope");
            else await context.Response.WriteAsJsonAsync(new { id = Repository, sha = Commit });
        }
        else if (path == $"/api/models/{Repository}/tree/{Commit}")
        {
            await ListAsync(context);
        }
        else if (path.StartsWith($"/{Repository}/resolve/{Commit}/", StringComparison.Ordinal))
        {
            await ResolveAsync(context, path[$"/{Repository}/resolve/{Commit}/".Length..]);
        }
        else
        {
            await MissingAsync(context);
        }
    }

    /// <summary>Two entries a page, as the hub pages long listings.</summary>
    private async Task ListAsync(HttpContext context)
    {
        List<object> entries = [.. _files.Select(file => Entry(file.Key, file.Value)), .. Odd];
        int start = int.Parse(context.Request.Query["cursor"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
        if (start + 2 < entries.Count)
        {
            string next = string.Create(
                CultureInfo.InvariantCulture, $"{Endpoint}{context.Request.Path}?recursive=true&expand=false&cursor={start + 2}");
            context.Response.Headers.Link = $"<{next}>; rel=\"next\"";
        }

        await context.Response.WriteAsync(JsonSerializer.Serialize(entries.Skip(start).Take(2)));
    }

    private object Entry(string path, byte[] content) => _large.Contains(path)
        ? new
        {
            type = "file",
            oid = GitSha1(Encoding.ASCII.GetBytes("pointer to " + path)),
            size = content.Length,
            path,
            lfs = new { oid = Sha256(content), size = content.Length, pointerSize = 134 },
        }
        : new { type = "file", oid = GitSha1(content), size = content.Length, path };

    private async Task ResolveAsync(HttpContext context, string path)
    {
        if (!_files.TryGetValue(path, out byte[]? content))
        {
            await RefuseAsync(context, 404, "EntryNotFound", "Entry not found");
            return;
        }

        context.Response.Headers["X-Repo-Commit"] = Commit;
        if (_large.Contains(path))
        {
            context.Response.StatusCode = 302;
            context.Response.Headers["X-Linked-Etag"] = $"\"{Sha256(content)}\"";
            context.Response.Headers["X-Linked-Size"] = content.Length.ToString(CultureInfo.InvariantCulture);
            context.Response.Headers.Location = $"http://127.0.0.1:{StorePort}/cdn/{Sha256(content)}?sig=x";
            return;
        }

        context.Response.Headers.ETag = $"\"{GitSha1(content)}\"";
        await context.Response.Body.WriteAsync(content);
    }

    private async Task SendLargeAsync(HttpContext context, string path)
    {
        if (_files.Values.FirstOrDefault(file => path.EndsWith(Sha256(file), StringComparison.Ordinal)) is not { } content)
        {
            context.Response.StatusCode = 403;
            return;
        }

        content = Corrupted ?? content;
        int from = 0;
        if (Text(context.Request.Headers.Range) is { } range && !IgnoresRanges)
        {
            from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = string.Create(
                CultureInfo.InvariantCulture, $"bytes {from}-{content.Length - 1}/{content.Length}");
        }

        context.Response.ContentLength = content.Length - from;
        long left = Cuts.TryDequeue(out long cut) ? cut : long.MaxValue;
        for (int at = from; at < content.Length;)
        {
            if (Slow is { } slow) await slow.WaitAsync(context.RequestAborted);
            int length = (int)Math.Min(Math.Min(64 << 10, content.Length - at), left);
            await context.Response.Body.WriteAsync(content.AsMemory(at, length));
            await context.Response.Body.FlushAsync();
            at += length;
            left -= length;
            if (left > 0) continue;
            context.Abort();
            return;
        }
    }

    /// <summary>Who shows no token is asked for one, also for what is not there.</summary>
    private static Task MissingAsync(HttpContext context) =>
        RefuseAsync(context, context.Request.Headers.Authorization.Count == 0 ? 401 : 404, "RepoNotFound", "Repository not found");

    private static async Task RefuseAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.Headers["X-Error-Code"] = code;
        context.Response.Headers["X-Error-Message"] = message;
        await context.Response.WriteAsJsonAsync(new { error = message });
    }

    private static string? Text(StringValues values) => values.Count == 0 ? null : values.ToString();
}
