using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Requests;
using Trireme.Gateway.Routing;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Forwarding;

/// <summary>One request after its client, body and service are known.</summary>
internal sealed class GatewayRequest
{
    public required HttpContext Context { get; init; }

    /// <summary>Timestamp of arrival.</summary>
    public required long Arrived { get; init; }

    public required string Id { get; init; }

    public required ApiKeyIdentity Identity { get; init; }

    public required RequestBody Body { get; init; }

    /// <summary>What to change in the body so that a stream reports its tokens; null to forward it as it is.</summary>
    public BodyPatch? UsagePatch { get; init; }

    /// <summary>True for chat and text completion, false for all else, which generates nothing.</summary>
    public required bool Generates { get; init; }

    /// <summary>Name of the service.</summary>
    public required string Model { get; init; }

    /// <summary>Keeps the client on one release, or a random number.</summary>
    public required ulong StickyKey { get; init; }

    /// <summary>The release that answers, or was asked last.</summary>
    public LiveRelease? Release { get; set; }

    /// <summary>Set when the client was found to have closed the connection.</summary>
    public bool ClientIsGone { get; set; }

    public CancellationToken ClientLeft => Context.RequestAborted;
}
