using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Pipeline;

/// <summary>One step of every request. It adds to the request what it finds out, or refuses it.</summary>
internal interface IRequestStage
{
    /// <summary>Names the step in logs and metrics.</summary>
    string Name { get; }

    /// <summary>Null to go on, else what to answer instead.</summary>
    ValueTask<GatewayError?> RunAsync(GatewayRequest request);
}
