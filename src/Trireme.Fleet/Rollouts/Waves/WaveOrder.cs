using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts.Waves;

/// <summary>One service that gets another release.</summary>
/// <param name="Service">The service as it was seen; the write must fail where it has changed since.</param>
/// <param name="Release">The release it gets.</param>
/// <param name="Patch">The merge patch.</param>
/// <param name="IsUndo">True where it goes back.</param>
public sealed record WaveOrder(ModelService Service, string Release, JsonObject Patch, bool IsUndo)
{
    /// <summary>
    /// Names the release and says who did in one write, so that neither is ever there without the other: whoever looks after a crash knows
    /// what was done.
    /// </summary>
    internal static WaveOrder Forward(WaveSnapshot snapshot, ModelService service, string release) => new(
        service,
        release,
        new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = service.Metadata.ResourceVersion,
                ["annotations"] = new JsonObject { [TriremeApi.FleetRolloutAnnotation] = snapshot.Rollout.Metadata.Uid },
            },
            ["spec"] = new JsonObject { ["release"] = release },
        },
        IsUndo: false);
}

/// <summary>A release to make.</summary>
/// <param name="Service">The service it is made for.</param>
/// <param name="Release">The release.</param>
public sealed record WaveRelease(string Service, Release Release);
