using System.Text.Json;
using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>Asks that a Pod goes, if the budgets for disruptions allow it; it is sent to the Pod and kept nowhere.</summary>
public sealed record PodEviction : IResource, IHasTypeMeta
{
    public static string TypeApiVersion => "policy/v1";

    public static string TypeKind => "Eviction";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>How the Pod is deleted.</summary>
    public JsonElement? DeleteOptions { get; init; }
}
