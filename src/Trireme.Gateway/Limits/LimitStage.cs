using Trireme.Gateway.Accounting;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Limits;

/// <summary>Takes the request's place within the limits of its key, its tenant and its service.</summary>
internal sealed class LimitStage(UsageLimiter limiter, UsageEntries entries) : IRequestStage
{
    public string Name => "limit";

    public ValueTask<GatewayError?> RunAsync(GatewayRequest request)
    {
        if (request.Route.Operation != ApiOperation.Infer) return default;
        if (limiter.TryBegin(request, out UsageMeter? meter) is { } denial) return new(request.Deny(denial));
        request.Meter = meter;
        if (meter is not null) request.Progress.Entry = meter.Entry = entries.Begin(request);
        return default;
    }
}
