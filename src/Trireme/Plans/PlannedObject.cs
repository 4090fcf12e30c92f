using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Kubernetes;

namespace Trireme.Plans;

/// <summary>What an apply would do to one object.</summary>
/// <param name="Definition">Its kind.</param>
/// <param name="Key">Its place.</param>
/// <param name="Change">Created, configured, unchanged or refused.</param>
/// <param name="After">The object as it would be stored; null where the server refuses it.</param>
/// <param name="Refusal">Why the server refuses it; null where it does not.</param>
internal sealed record PlannedObject(
    ResourceDefinition Definition, ResourceKey Key, string Change, JsonObject? After, string? Refusal = null)
{
    public const string Refused = "refused";

    /// <summary>The object as kubectl names it, with its namespace where that is another than asked for.</summary>
    public string Name => $"{Definition.Singular}{(Definition.Group.Length > 0 ? "." + Definition.Group : "")}/{Key.Name}";
}
