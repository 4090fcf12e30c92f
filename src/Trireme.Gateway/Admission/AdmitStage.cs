using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Admission;

/// <summary>Reads the body within its limit, and what it asks for where it names the model.</summary>
internal sealed class AdmitStage(GatewayOptions options, BodyMemory memory) : IRequestStage
{
    private readonly IncomingBodies _incoming = new(options.MaxIncomingBodies);

    public string Name => "admit";

    public async ValueTask<GatewayError?> RunAsync(GatewayRequest request)
    {
        if (request.Route.Operation != ApiOperation.Infer) return null;
        string key = request.Caller!.Tenant;
        if (!_incoming.TryBegin(key)) return GatewayErrors.TooManyBodies(options.MaxIncomingBodies, options.RetryAfter);
        try
        {
            if (await ReadAsync(request) is { } error) return error;
        }
        finally
        {
            _incoming.End(key);
        }

        return request.Route.Model == ModelLocation.Body ? Scan(request) : null;
    }

    private static GatewayError? Scan(GatewayRequest request)
    {
        GatewayError? error = RequestScan.TryRead(request.Body!.Span, out RequestScan scan);
        request.Scan = scan;
        return error;
    }

    private async ValueTask<GatewayError?> ReadAsync(GatewayRequest request)
    {
        HttpContext context = request.Http;
        StringValues encoding = context.Request.Headers.ContentEncoding;
        if (encoding.Count > 0 && encoding != "identity") return GatewayErrors.CompressedBody;

        IHttpMaxRequestBodySizeFeature? serverLimit = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (serverLimit is { IsReadOnly: false }) serverLimit.MaxRequestBodySize = options.MaxRequestBytes;
        try
        {
            BodyReading read = await BufferedBody.ReadAsync(
                context.Request, options.MaxRequestBytes, memory, request.Caller!.Tenant, request.ClientLeft);
            request.Body = read.Body;
            if (read.Body is not null) return null;
            return read.Refusal.ToError(options, memory);
        }
        catch (BadHttpRequestException exception) when (!HasLeft(request, exception))
        {
            return exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? GatewayErrors.TooLarge(options.MaxRequestBytes)
                : GatewayErrors.UnreadableBody(exception.StatusCode);
        }
    }

    /// <summary>Whether the client is gone, which its body may tell of before the request is called aborted.</summary>
    private static bool HasLeft(GatewayRequest request, BadHttpRequestException exception) =>
        request.ClientLeft.IsCancellationRequested || exception.InnerException is ConnectionResetException;
}
