using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Audit;
using Trireme.Contracts.Http;
using Trireme.Contracts.Identity;
using Trireme.Telemetry.Patterns;
using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.Queries;

namespace Trireme.Telemetry.Http;

/// <summary>
/// What every request to the query API passes: who calls, whether they may, an answer in JSON whatever happens, and one audit event after
/// it.
/// </summary>
internal sealed partial class ApiGate(
    IAuthorizer authorizer,
    IEnumerable<ITokenAuthenticator> authenticators,
    IEnumerable<IAuditSink> sinks,
    TimeProvider time,
    ILogger<ApiGate> logger)
{
    private const string Surface = "telemetry";
    private const string BearerScheme = "Bearer ";

    private readonly ITokenAuthenticator[] _authenticators = [.. authenticators];
    private readonly IAuditSink[] _sinks = [.. sinks];

    public async Task RunAsync(HttpContext context, RequestDelegate handle)
    {
        DateTimeOffset receivedAt = time.GetUtcNow();
        long started = time.GetTimestamp();
        string id = Guid.CreateVersion7(receivedAt).ToString("N");
        context.Response.Headers[TriremeHeaders.RequestId] = id;
        UserInfo user = UserInfo.Anonymous;
        AccessRequest? access = null;
        AccessDecision? decision = null;
        try
        {
            if (await IdentifyAsync(context) is not { } known)
            {
                const string Message = "the bearer token is not known";
                await ApiResponse.WriteErrorAsync(context, StatusCodes.Status401Unauthorized, "unauthorized", Message);
                return;
            }

            user = known;
            access = new AccessRequest { User = user, Verb = VerbOf(context.Request), Path = context.Request.Path };
            decision = await authorizer.AuthorizeAsync(access, context.RequestAborted);
            if (decision is { IsAllowed: true }) await handle(context);
            else await RefuseAsync(context, access, decision.Value);
        }
        catch (QueryException exception)
        {
            await ApiResponse.WriteErrorAsync(context, new QueryError(exception.Kind, exception.Message));
        }
        catch (PatternBudgetException exception)
        {
            await ApiResponse.WriteErrorAsync(context, new QueryError(QueryErrorKind.Execution, exception.Message));
        }
        catch (BadHttpRequestException exception)
        {
            // A body that the server reads no further, such as one longer than it takes.
            await ApiResponse.WriteErrorAsync(
                context, exception.StatusCode, ErrorTypes.Name(QueryErrorKind.BadData), "error parsing form values: " + exception.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away; nobody reads an answer.
        }
        catch (Exception exception)
        {
            await FailAsync(context, exception, id);
        }
        finally
        {
            int status = context.RequestAborted.IsCancellationRequested
                ? StatusCodes.Status499ClientClosedRequest
                : context.Response.StatusCode;
            foreach (IAuditSink sink in _sinks)
            {
                sink.Record(new AuditEvent
                {
                    Id = id,
                    Surface = Surface,
                    ReceivedAt = receivedAt,
                    DurationSeconds = time.GetElapsedTime(started).TotalSeconds,
                    User = user,
                    SourceAddress = context.Connection.RemoteIpAddress?.ToString(),
                    UserAgent = context.Request.Headers.UserAgent,
                    Access = access,
                    Decision = decision,
                    StatusCode = status,
                });
            }
        }
    }

    // RBAC names paths' verbs by the method in lower case.
#pragma warning disable CA1308
    private static string VerbOf(HttpRequest request) => request.Method.ToLowerInvariant();
#pragma warning restore CA1308

    private static Task RefuseAsync(HttpContext context, AccessRequest access, in AccessDecision decision) => ApiResponse.WriteErrorAsync(
        context,
        StatusCodes.Status403Forbidden,
        "forbidden",
        $"user \"{access.User.Name}\" may not {access}: {decision.Reason}");

    /// <summary>
    /// The caller, as the host knows them already or the token says; anonymous where nobody checks tokens or there is none, null for a
    /// token that nobody knows.
    /// </summary>
    private async ValueTask<UserInfo?> IdentifyAsync(HttpContext context)
    {
        if (context.Features.Get<KnownCaller>() is { } known) return known.User;
        string authorization = context.Request.Headers.Authorization.ToString();
        if (_authenticators.Length == 0 || authorization.Length == 0) return UserInfo.Anonymous;
        if (!authorization.StartsWith(BearerScheme, StringComparison.OrdinalIgnoreCase)) return null;
        string token = authorization[BearerScheme.Length..].Trim();
        foreach (ITokenAuthenticator authenticator in _authenticators)
        {
            if (await authenticator.AuthenticateAsync(token, context.RequestAborted) is { } user) return user;
        }

        return null;
    }

    private async Task FailAsync(HttpContext context, Exception exception, string id)
    {
        LogFailed(exception, context.Request.Path, id);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.Headers[TriremeHeaders.RequestId] = id;
        await ApiResponse.WriteErrorAsync(
            context,
            new QueryError(QueryErrorKind.Internal, $"the request failed inside; the log has more under request id {id}"));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed, request {RequestId}")]
    private partial void LogFailed(Exception exception, string path, string requestId);
}
