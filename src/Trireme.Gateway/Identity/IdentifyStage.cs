using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Identity;

/// <summary>Finds out whose API key a request carries.</summary>
internal sealed class IdentifyStage(ApiKeyTable keys, TimeProvider time) : IRequestStage
{
    public string Name => "identify";

    public ValueTask<GatewayError?> RunAsync(GatewayRequest request)
    {
        if (PresentedKey.TryFind(request.Http.Request.Headers, out ReadOnlySpan<char> presented) is { } error) return new(error);

        // Clients give up on 401: a key that is not known yet must not read as one that was revoked.
        if (keys.Current is not { } known) return new(GatewayErrors.KeysNotLoaded);
        if (!known.TryIdentify(presented, out ApiKeyIdentity? caller)) return new(GatewayErrors.UnknownKey);
        if (caller.HasExpired(time.GetUtcNow())) return new(GatewayErrors.ExpiredKey);
        request.Caller = caller;
        return default;
    }
}
