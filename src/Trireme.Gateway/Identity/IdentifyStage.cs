using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Identity;

/// <summary>Finds out whose API key a request carries.</summary>
internal sealed class IdentifyStage(ApiKeyTable keys) : IRequestStage
{
    public string Name => "identify";

    public ValueTask<GatewayError?> RunAsync(GatewayRequest request)
    {
        if (PresentedKey.TryFind(request.Http.Request.Headers, out ReadOnlySpan<char> presented) is { } error) return new(error);
        if (!keys.Current.TryIdentify(presented, out ApiKeyIdentity? caller)) return new(GatewayErrors.UnknownKey);
        request.Caller = caller;
        return default;
    }
}
