using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Access;
using Trireme.ApiServer.Discovery;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.OpenApi;
using Trireme.ApiServer.Security;
using Trireme.ApiServer.ServiceAccounts;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;
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
    HealthEndpoint health,
    TokenKeysEndpoint tokenKeys,
    AccessRules access,
    Impersonation impersonation,
    AnswerTurns turns,
    ResponseWriter responses,
    RequestAudit audit,
    ApiServerMetrics metrics,
    ILogger<ApiEndpoint> logger)
{
    private static readonly AccessDecision Public = AccessDecision.Allow("the path is open to everyone");

    private const string NeverKept = "no-cache, private";

    private static readonly string[] PublicPaths = ["/healthz", "/livez", "/readyz", "/version"];

    private readonly StaticDocument _version = VersionDocument.Of(options);

    public async Task InvokeAsync(HttpContext http)
    {
        // What is answered is as of now and for who asked; a browser that comes by does not guess at what it is.
        http.Response.Headers.CacheControl = NeverKept;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        // A HEAD is answered without a body, which over HTTP/2 breaks its stream.
        if (HttpMethods.IsHead(http.Request.Method)) http.Response.Body = Stream.Null;
        var request = new RequestState(http);
        RequestAudit.Entry? entry = audit.Begin(request);
        try
        {
            StatusError? misspelt = request.Info.PathFault is { } fault ? StatusErrors.BadRequest(fault) : null;
            if ((await RefusalAsync(request) ?? misspelt) is { } refusal)
            {
                metrics.Refused(refusal.Code);
                await responses.WriteAsync(http, refusal);
                return;
            }

            bool isRead = IsRead(request.Info);
            using IDisposable? turn = isRead ? await turns.TryTakeAsync(request.User.Name, http.Abort, http.RequestAborted) : null;
            if (isRead && turn is null) await responses.WriteAsync(http, StatusErrors.TooManyAnswers());
            else await AnswerAsync(request);
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
        request.Identify(user);
        if (await ImpersonateAsync(request, aborted) is { } refusal) return refusal;
        AccessDecision decision = await access.AuthorizeAsync(request.Access!, aborted);
        request.Decision = decision;
        return decision.IsAllowed ? null : StatusErrors.Forbidden(request.Access!, decision);
    }

    /// <summary>Goes on as the user that the caller asks to be, if there is one and the caller may.</summary>
    private async ValueTask<StatusError?> ImpersonateAsync(RequestState request, CancellationToken aborted)
    {
        if (Impersonation.Wanted(request.Http.Request.Headers).Failed(out StatusError? error, out Impersonated? wanted)) return error;
        if (wanted.User is null) return null;
        Outcome<UserInfo> outcome = await impersonation.BecomeAsync(request.Caller, wanted.User, request.Access!, aborted);
        if (outcome.Failed(out error, out UserInfo? user)) return error;
        request.Become(user);
        return null;
    }

    private async Task AnswerAsync(RequestState request)
    {
        HttpContext http = request.Http;
        switch (request.Info.Path)
        {
            case "/version":
                await _version.WriteAsync(http, NeverKept);
                return;
            case "/metrics":
                http.Response.ContentType = MetricRegistry.ContentType;
                await http.Response.WriteAsync(options.Metrics.ToText(), http.RequestAborted);
                return;
        }

        if (await health.TryAnswerAsync(http, request.Info.Path) || await tokenKeys.TryAnswerAsync(http, request.Info.Path)) return;
        bool reads = HttpMethods.IsGet(http.Request.Method);
        string path = request.Info.Path;
        if (reads && (await discovery.TryAnswerAsync(http, path, responses) || await openApi.TryAnswerAsync(http, path))) return;
        await resources.InvokeAsync(request);
    }

    /// <summary>Watches and logs, which last, have bounds of their own; paths that are open to everyone have a few bytes.</summary>
    private static bool IsRead(RequestInfo info) =>
        info.Verb is "get" or "list" && info.Subresource != WorkloadKinds.Log && !PublicPaths.Contains(info.Path);

    private static string? BearerToken(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        string header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }

    [LoggerMessage(LogLevel.Debug, "The client left during {Method} {Path}")]
    private partial void LogClientLeft(string method, PathString path);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogFailed(Exception exception, string method, PathString path);
}
