using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Dashboard.Tests;

/// <summary>A real server with the answers of the API server, the query API and the gateway. Each part can be broken.</summary>
internal sealed class FleetServer : IAsyncDisposable
{
    public const string ServicesPath = "/apis/trireme.dev/v1alpha1/modelservices";

    private readonly WebApplication _app;
    private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _queries;
    private int _mostQueries;

    private FleetServer(WebApplication app)
    {
        _app = app;
    }

    /// <summary>Path and query of every request, in the order they came.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public IReadOnlyList<ModelService> Services { get; set; } = [];

    public IReadOnlyList<ModelReplica> Replicas { get; set; } = [];

    public IReadOnlyList<Release> Releases { get; set; } = [];

    public IReadOnlyList<Event> Events { get; set; } = [];

    /// <summary>Method, path, query and body of every write.</summary>
    public ConcurrentQueue<string> Writes { get; } = [];

    /// <summary>Writes that are refused because something was written in between.</summary>
    public int Conflicts { get; set; }

    public bool ApiBroken { get; set; }

    public bool TelemetryBroken { get; set; }

    /// <summary>The results of every query, as JSON.</summary>
    public string QueryResults { get; set; } = "[]";

    /// <summary>The results of a query and its range; those above where null.</summary>
    public Func<IQueryCollection, string>? Answer { get; set; }

    /// <summary>Says which queries are refused, by their expression.</summary>
    public Predicate<string> QueryIsBroken { get; set; } = static _ => false;

    /// <summary>Says which queries are never answered.</summary>
    public Predicate<string> QueryHangs { get; set; } = static _ => false;

    /// <summary>Set once a query hangs, and once its client has left.</summary>
    public TaskCompletionSource QueryHung { get; } = new();

    public TaskCompletionSource QueryAborted { get; } = new();

    /// <summary>Answers wait until this many queries were under way at once.</summary>
    public int AnswersWaitFor { get; set; }

    public int MostConcurrentQueries => Volatile.Read(ref _mostQueries);

    public RequestDelegate Chat { get; set; } = context => context.Response.WriteAsync("data: [DONE]\n\n");

    public Uri Address => new(_app.Urls.First());

    public DashboardOptions Options => new()
    {
        Api = Address,
        ApiToken = "token",
        TelemetryKey = "tel_test",
        ApiCertificateAuthorityPem = "",
        Telemetry = Address,
        Gateway = new Uri(Address, "/v1/"),
        ApiKey = "key",
    };

    public int PollCount => Requests.Count(request => request == ServicesPath);

    public static async Task<FleetServer> StartAsync(X509Certificate2? certificate = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        WebApplication app = builder.Build();
        var server = new FleetServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path;
        Requests.Enqueue(path + context.Request.QueryString);
        if (path == "/v1/chat/completions") return Chat(context);
        if (path.StartsWith("/api/v1/query", StringComparison.Ordinal)) return AnswerQueryAsync(context);
        if (path == "/api/v1/status/tsdb") return context.Response.WriteAsync("""{"data":{"headStats":{"minTime":1000}}}""");
        if (context.Request.Headers.Authorization != "Bearer token" || ApiBroken) return RefuseAsync(context);
        if (context.Request.Method != "GET") return WriteAsync(context);
        if (path.Contains("/namespaces/", StringComparison.Ordinal)) return GetAsync(context, path.Split('/'));
        return path switch
        {
            ServicesPath => ListAsync(context, Services),
            "/apis/trireme.dev/v1alpha1/modelreplicas" => ListAsync(context, Replicas),
            "/api/v1/events" => ListAsync(context, Events),
            _ => RefuseAsync(context),
        };
    }

    private async Task WriteAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        string body = await reader.ReadToEndAsync();
        if (Conflicts > 0)
        {
            Conflicts--;
            await RefuseAsync(context, StatusCodes.Status409Conflict, "the object has been modified");
            return;
        }

        Writes.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {body}");
        await context.Response.WriteAsync("{}");
    }

    /// <summary>One object, by the kind and the name in its path.</summary>
    private Task GetAsync(HttpContext context, string[] path)
    {
        IResource? found = path[^2] switch
        {
            "modelservices" => Services.FirstOrDefault(item => item.Metadata.Name == path[^1]),
            "releases" => Releases.FirstOrDefault(item => item.Metadata.Name == path[^1]),
            _ => null,
        };
        return found is null
            ? RefuseAsync(context, StatusCodes.Status404NotFound, $"{path[^1]} not found")
            : context.Response.WriteAsync(JsonSerializer.Serialize(found, found.GetType(), ResourceJson.Options));
    }

    private async Task AnswerQueryAsync(HttpContext context)
    {
        string query = context.Request.Query["query"]!;
        int now = Interlocked.Increment(ref _queries);
        try
        {
            int most = Volatile.Read(ref _mostQueries);
            while (now > most) most = Interlocked.CompareExchange(ref _mostQueries, now, most);
            if (now >= AnswersWaitFor) _enough.TrySetResult();
            if (AnswersWaitFor > 0) await _enough.Task.WaitAsync(context.RequestAborted);
            if (QueryHangs(query)) await HangAsync(context);
        }
        finally
        {
            Interlocked.Decrement(ref _queries);
        }

        if (!TelemetryBroken && !QueryIsBroken(query))
        {
            string results = Answer?.Invoke(context.Request.Query) ?? QueryResults;
            await context.Response.WriteAsync($$$"""{"status":"success","data":{"result":{{{results}}} }}""");
            return;
        }

        context.Response.StatusCode = 422;
        await context.Response.WriteAsync("""{"status":"error","errorType":"execution","error":"too many samples"}""");
    }

    private async Task HangAsync(HttpContext context)
    {
        QueryHung.TrySetResult();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }
        finally
        {
            QueryAborted.TrySetResult();
        }
    }

    private static Task ListAsync<T>(HttpContext context, IReadOnlyList<T> items)
        where T : IResource
    {
        var list = new ResourceList<T> { ApiVersion = "v1", Kind = typeof(T).Name + "List", Items = items };
        return context.Response.WriteAsync(JsonSerializer.Serialize(list, ResourceJson.Options));
    }

    private static Task RefuseAsync(HttpContext context, int code = 503, string message = "the store is closed")
    {
        context.Response.StatusCode = code;
        return context.Response.WriteAsync(
            $$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{{message}}","code":{{code}}}""");
    }
}
