using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Workloads;

/// <summary>What the kinds of workloads have beside what every kind has.</summary>
internal static class WorkloadKinds
{
    public const string Log = "log";
    public const string Binding = "binding";
    public const string Eviction = "eviction";

    /// <summary>Connections into a Pod, which only its machine could make.</summary>
    private static readonly Dictionary<string, string> Connections = new()
    {
        ["exec"] = "PodExecOptions",
        ["attach"] = "PodAttachOptions",
        ["portforward"] = "PodPortForwardOptions",
    };

    private static readonly string[] AllCategory = ["all"];
    private static readonly string[] CreateVerbs = ["create"];
    private static readonly string[] ConnectVerbs = ["create", "get"];
    private static readonly string[] LogVerbs = ["get"];

    /// <summary>What is sent to bind a Pod.</summary>
    public static ResourceDefinition Bindings { get; } = ResourceDefinition.Of<Binding>("bindings");

    /// <summary>What is sent to evict a Pod.</summary>
    public static ResourceDefinition Evictions { get; } = ResourceDefinition.Of<PodEviction>("evictions");

    public static IReadOnlyList<string> CategoriesOf(ResourceDefinition definition) =>
        definition.ClrType == typeof(Pod) || definition.ClrType == typeof(Job) ? AllCategory : [];

    public static IEnumerable<Subresource> SubresourcesOf(ResourceDefinition definition)
    {
        if (definition.ClrType != typeof(Pod)) yield break;
        yield return new Subresource(Log, definition.Group, definition.Version, definition.Kind, LogVerbs, RequestContent.Text);
        yield return Subresource.Of(Binding, Bindings, CreateVerbs);
        yield return Subresource.Of(Eviction, Evictions, CreateVerbs);
        foreach ((string name, string kind) in Connections)
        {
            yield return new Subresource(name, definition.Group, definition.Version, kind, ConnectVerbs, RequestContent.Text);
        }
    }

    public static bool IsConnection(string subresource) => Connections.ContainsKey(subresource);
}
