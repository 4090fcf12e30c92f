using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Discovery;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.OpenApi;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Security;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;

namespace Trireme.ApiServer.Requests;

/// <summary>The way of every request: who is it, what does it want, may it, and what is the answer.</summary>
internal sealed partial class ApiEndpoint(
    ApiServerOptions options,
    TokenAuthenticatorChain authenticators,
    DiscoveryEndpoint discovery,
    OpenApiEndpoint openApi,
    ResourceEndpoint resources,
    Readiness readiness,
    ResponseWriter responses,
    RequestAudit audit,
    ApiServerMetrics metrics,
    ILogger<ApiEndpoint> logger)
{
    private static readonly AccessDecision Public = AccessDecision.Allow("the path is open to everyone");

    private static readonly string[] PublicPaths = ["/healthz", "/livez", "/readyz", "/version"];

    public async Task InvokeAsync(HttpContext http)
    {
        // A HEAD is answered without a body, which over HTTP/2 breaks its stream.
        if (HttpMethods.IsHead(http.Request.Method)) http.Response.Body = Stream.Null;
        var request = new RequestState(http);
        RequestAudit.Entry? entry = audit.Begin(request);
        try
        {
            if (await RefusalAsync(request) is { } refusal)
            {
                metrics.Refused(refusal.Code);
                await responses.WriteAsync(http, refusal);
                return;
            }

            await AnswerAsync(request);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            request.ClientLeft = true;
            LogClientLeft(http.Request.Method, http.Request.Path);
        }
        catch (BadHttpRequestException exception) when (!http.Response.HasStarted)
        {
            await responses.WriteAsync(http, new StatusError(exception.StatusCode, "BadRequest", exception.Message));
        }
        catch (StoreUnavailableException exception) when (!http.Response.HasStarted)
        {
            await responses.WriteAsync(http, StatusErrors.StoreUnavailable(exception));
        }
        catch (UnreadableObjectException exception) when (!http.Response.HasStarted)
        {
            await responses.WriteAsync(http, StatusErrors.Unreadable(exception.Found));
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            LogFailed(exception, http.Request.Method, http.Request.Path);
            await responses.WriteAsync(http, StatusErrors.Internal("see the server's log"));
        }
        finally
        {
            audit.End(entry, request);
        }
    }

    /// <summary>Finds out who asks and whether they may; null if they may.</summary>
    private async ValueTask<StatusError?> RefusalAsync(RequestState request)
    {
        CancellationToken aborted = request.Http.RequestAborted;
        if (PublicPaths.Contains(request.Info.Path))
        {
            request.Decision = Public;
            return null;
        }

        string? token = BearerToken(request.Http.Request);
        if (token is null || await authenticators.AuthenticateAsync(token, aborted) is not { } user) return StatusErrors.Unauthorized();
        request.User = user;
        request.Access = request.Info.For(user);

        // A caller who asks to be someone else must not be answered as themselves.
        if (request.Http.Request.Headers.Keys.FirstOrDefault(IsImpersonation) is { } header) return StatusErrors.Impersonation(header);
        AccessDecision decision = await options.Authorizer.AuthorizeAsync(request.Access, aborted);
        request.Decision = decision;
        return decision.IsAllowed ? null : StatusErrors.Forbidden(request.Access, decision);
    }

    private static bool IsImpersonation(string header) => header.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase);

    private async Task AnswerAsync(RequestState request)
    {
        HttpContext http = request.Http;
        switch (request.Info.Path)
        {
            case "/" when HttpMethods.IsGet(http.Request.Method):
                http.Response.ContentType = RequestContent.Json;
                await http.Response.Body.WriteAsync(discovery.RootPaths().ToBytes(), http.RequestAborted);
                return;
            case "/healthz" or "/livez":
                await WriteHealthAsync(http, HealthReport.Live(readiness));
                return;
            case "/readyz":
                await WriteHealthAsync(http, await readiness.CheckAsync());
                return;
            case "/version":
                http.Response.ContentType = RequestContent.Json;
                await http.Response.Body.WriteAsync(Version().ToBytes(), http.RequestAborted);
                return;
            case "/metrics":
                http.Response.ContentType = MetricRegistry.ContentType;
                await http.Response.WriteAsync(options.Metrics.ToText(), http.RequestAborted);
                return;
        }

        bool reads = HttpMethods.IsGet(http.Request.Method);
        if (reads && (await discovery.TryAnswerAsync(http) || await openApi.TryAnswerAsync(http, request.Info.Path))) return;
        await resources.InvokeAsync(request);
    }

    private static string? BearerToken(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        string header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }

    /// <summary>The Kubernetes version whose API this is, so that clients know what to expect.</summary>
    private JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "32",
        // A semantic version has one part after a plus, and clients read no further than that.
        ["gitVersion"] = $"v1.32.0+trireme-{options.ProductVersion.Replace('+', '.')}",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = ".NET",
        ["platform"] = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier.Replace('-', '/'),
    };

    private Task WriteHealthAsync(HttpContext http, HealthReport report)
    {
        if (http.Request.Query.ContainsKey("verbose"))
        {
            http.Response.StatusCode = report.IsGood ? 200 : 503;
            return WriteTextAsync(http, report.ToText());
        }

        return report.IsGood ? WriteTextAsync(http, "ok") : responses.WriteAsync(http, StatusErrors.Unavailable(report.Reason));
    }

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
