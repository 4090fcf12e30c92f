using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Trireme.Contracts.Validation;
using Trireme.Fleet.Routing;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Keys;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Telemetry;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Requests;

/// <summary>Takes a request for a model from its arrival to the account of its answer.</summary>
internal sealed partial class InferenceHandler(
    ApiKeyTable keys,
    RoutingTable routes,
    Forwarder forwarder,
    GatewayMetrics metrics,
    GatewayOptions options,
    TimeProvider time,
    ILogger<InferenceHandler> logger)
{
    /// <summary>nginx's code for a client that closed the connection; it is counted and never sent.</summary>
    private const int ClientLeft = 499;

    /// <param name="context">The request.</param>
    /// <param name="generates">True where the answer is generated text and its tokens are metered.</param>
    /// <param name="named">The model where the address names it; null where the body does.</param>
    public async Task HandleAsync(HttpContext context, bool generates, string? named = null)
    {
        long arrived = time.GetTimestamp();
        string id = RequestId.Assign(context);
        GatewayRequest? request = null;
        RequestBody? body = null;
        try
        {
            // :: Identify before the body is read: strangers cost no memory.
            ApiError? error = Identify(keys.Current, context.Request, out ApiKeyIdentity? identity);
            if (error is null) (body, error) = await ReadBodyAsync(context);
            if (error is null) error = Address(context, id, arrived, identity!, body!, generates, named, out request);
            if (error is not null) await error.WriteAsync(context);
            else await forwarder.ForwardAsync(request!);
        }
        catch (Exception exception) when (IsClientGone(context, exception))
        {
            request?.ClientIsGone = true;
        }
        finally
        {
            body?.Dispose();
        }

        bool left = request?.ClientIsGone ?? context.RequestAborted.IsCancellationRequested;
        Account(request, arrived, left ? ClientLeft : context.Response.StatusCode);
    }

    private static bool IsClientGone(HttpContext context, Exception exception) =>
        context.RequestAborted.IsCancellationRequested && exception is (OperationCanceledException or IOException);

    internal static ApiError? Identify(ApiKeyDirectory directory, HttpRequest request, out ApiKeyIdentity? identity)
    {
        ReadOnlySpan<char> presented = PresentedKey.Find(request.Headers);
        identity = null;
        if (presented.IsEmpty) return ApiErrors.NoKey;
        return directory.TryIdentify(presented, out identity) ? null : ApiErrors.UnknownKey;
    }

    private async ValueTask<(RequestBody? Body, ApiError? Error)> ReadBodyAsync(HttpContext context)
    {
        StringValues encoding = context.Request.Headers.ContentEncoding;
        if (encoding.Count > 0 && encoding != "identity") return (null, ApiErrors.CompressedBody);

        IHttpMaxRequestBodySizeFeature? serverLimit = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (serverLimit is { IsReadOnly: false }) serverLimit.MaxRequestBodySize = options.MaxRequestBytes;
        try
        {
            RequestBody? body = await RequestBody.ReadAsync(context.Request, options.MaxRequestBytes, context.RequestAborted);
            return body is null ? (null, ApiErrors.TooLarge(options.MaxRequestBytes)) : (body, null);
        }
        catch (BadHttpRequestException exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            return (null, exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? ApiErrors.TooLarge(options.MaxRequestBytes)
                : ApiErrors.UnreadableBody(exception.StatusCode));
        }
    }

    private ApiError? Address(
        HttpContext context,
        string id,
        long arrived,
        ApiKeyIdentity identity,
        RequestBody body,
        bool generates,
        string? named,
        [NotNullWhen(false)] out GatewayRequest? request)
    {
        request = null;
        RequestScan scan = default;
        if (named is null && RequestScan.TryRead(body.Span, out scan) is { } error) return error;
        string model = named ?? scan.ModelText(body.Span);
        LiveNamespace? tenant = routes.Current.Find(identity.Namespace);
        if (tenant is null || !tenant.TryFind(model, out LiveService? service))
        {
            return ApiErrors.ModelNotFound(Shown(model), Nearest(model, tenant));
        }

        request = new GatewayRequest
        {
            Context = context,
            Arrived = arrived,
            Id = id,
            Identity = identity,
            Body = body,
            UsagePatch = generates ? scan.UsagePatch : null,
            Generates = generates,
            Model = service.Route.Name,
            StickyKey = StickyKey(context.Request, service, body.Span[scan.User]),
        };
        return null;
    }

    /// <summary>
    /// The service's header names the client, else the user field. Without either the requests are split one by one: the API key
    /// would not do, because all of an application's clients share one, and one key cannot be split.
    /// </summary>
    private static ulong StickyKey(HttpRequest request, LiveService service, ReadOnlySpan<byte> user)
    {
        StringValues header = request.Headers[service.Route.StickyHeader];
        if (header.Count > 0 && header[0] is { Length: > 0 } client) return TrafficSplit.KeyOf(client);
        return user.IsEmpty ? (ulong)Random.Shared.NextInt64() : TrafficSplit.KeyOf(user);
    }

    private static string? Nearest(string model, LiveNamespace? tenant) =>
        tenant is null || model.Length > 253 ? null : NearestName.Find(model, tenant.Services.Select(static service => service.Route.Name));

    /// <summary>A name of any length is not repeated to its sender.</summary>
    private static string Shown(string model) => model.Length <= 100 ? model : model[..100] + "…";

    private void Account(GatewayRequest? request, long arrived, int code)
    {
        TimeSpan elapsed = time.GetElapsedTime(arrived);
        if (request?.Release is { } release)
        {
            release.Metrics.Requests(code).Add();
            release.Metrics.Duration.Observe(elapsed.TotalSeconds);
        }
        else
        {
            metrics.CountUnrouted(request?.Identity.Namespace ?? "", request?.Model ?? "", code);
        }

        if (request is not null && logger.IsEnabled(LogLevel.Debug)) LogEnded(request.Id, request.Model, code, elapsed.TotalMilliseconds);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Request {RequestId} to {Service} ended with {Code} after {Milliseconds} ms.")]
    private partial void LogEnded(string requestId, string service, int code, double milliseconds);
}
