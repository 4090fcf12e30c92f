using System.Security.Claims;
using System.Security.Principal;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Discovery;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.OpenApi;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Metrics;

namespace Trireme.ApiServer.Requests;

/// <summary>The way of every request: who is it, what does it want, and what is the answer.</summary>
internal sealed partial class ApiEndpoint(
    ApiServerOptions options,
    DiscoveryEndpoint discovery,
    OpenApiEndpoint openApi,
    ResourceEndpoint resources,
    Readiness readiness,
    ResponseWriter responses,
    ILogger<ApiEndpoint> logger)
{
    private static readonly string[] Anonymous = ["/healthz", "/livez", "/readyz", "/version"];

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            string path = http.Request.Path.Value ?? "";
            if (!Anonymous.Contains(path) && !TryAuthenticate(http)) await responses.WriteAsync(http, ApiErrors.Unauthorized());
            else await RouteAsync(http, path);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            LogClientLeft(http.Request.Method, http.Request.Path);
        }
        catch (BadHttpRequestException exception) when (!http.Response.HasStarted)
        {
            await responses.WriteAsync(http, new ApiError(exception.StatusCode, "BadRequest", exception.Message));
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            LogFailed(exception, http.Request.Method, http.Request.Path);
            await responses.WriteAsync(http, ApiErrors.Internal("see the server's log"));
        }
    }

    private async Task RouteAsync(HttpContext http, string path)
    {
        switch (path)
        {
            case "/healthz" or "/livez":
                await WriteTextAsync(http, "ok");
                return;
            case "/readyz" when readiness.IsReady:
                await WriteTextAsync(http, "ok");
                return;
            case "/readyz":
                await responses.WriteAsync(http, ApiErrors.Unavailable("the server is starting"));
                return;
            case "/version":
                http.Response.ContentType = RequestBody.Json;
                await http.Response.Body.WriteAsync(Version().ToBytes(), http.RequestAborted);
                return;
            case "/metrics":
                http.Response.ContentType = MetricRegistry.ContentType;
                await http.Response.WriteAsync(options.Metrics.ToText(), http.RequestAborted);
                return;
        }

        bool reads = HttpMethods.IsGet(http.Request.Method);
        if (reads && (await discovery.TryAnswerAsync(http) || await openApi.TryAnswerAsync(http))) return;
        await resources.InvokeAsync(http);
    }

    private bool TryAuthenticate(HttpContext http)
    {
        const string Scheme = "Bearer ";
        string header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        if (!options.Authenticator.TryAuthenticate(header[Scheme.Length..].Trim(), out string? user)) return false;
        http.User = new ClaimsPrincipal(new GenericIdentity(user, "Bearer"));
        return true;
    }

    /// <summary>The Kubernetes version whose API this is, so that clients know what to expect.</summary>
    private JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "32",
        ["gitVersion"] = $"v1.32.0+trireme-{options.ProductVersion}",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = ".NET",
        ["platform"] = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier.Replace('-', '/'),
    };

    private static Task WriteTextAsync(HttpContext http, string text)
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(text, http.RequestAborted);
    }

    [LoggerMessage(LogLevel.Debug, "The client left during {Method} {Path}")]
    private partial void LogClientLeft(string method, PathString path);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogFailed(Exception exception, string method, PathString path);
}
