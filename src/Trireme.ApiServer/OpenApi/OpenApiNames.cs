using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.OpenApi;

/// <summary>Names as Kubernetes forms them, so that what is generated from its description fits this one too.</summary>
internal static class OpenApiNames
{
    public const string ObjectMeta = Meta + "ObjectMeta";
    public const string ListMeta = Meta + "ListMeta";
    public const string Status = Meta + "Status";
    public const string DeleteOptions = Meta + "DeleteOptions";
    public const string Patch = Meta + "Patch";
    public const string WatchEvent = Meta + "WatchEvent";

    private const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    /// <summary>The group reversed, then version and kind.</summary>
    public static string SchemaName(ResourceDefinition definition)
    {
        string group = definition.Group switch
        {
            "" => "io.k8s.api.core",
            var own when !own.Contains('.', StringComparison.Ordinal) => $"io.k8s.api.{own}",
            var domain when domain.EndsWith(".k8s.io", StringComparison.Ordinal) => $"io.k8s.api.{domain.Split('.')[0]}",
            var domain => string.Join('.', domain.Split('.').Reverse()),
        };
        return $"{group}.{definition.Version}.{definition.Kind}";
    }

    public static JsonObject Reference(string schema) => new() { ["$ref"] = "#/components/schemas/" + schema };

    public static JsonObject GroupVersionKind(ResourceDefinition definition, string suffix = "") => new()
    {
        ["group"] = definition.Group,
        ["kind"] = definition.Kind + suffix,
        ["version"] = definition.Version,
    };

    /// <summary>What operations of a group version are listed under, such as core_v1.</summary>
    public static string Tag(ResourceDefinition definition)
    {
        string group = definition.Group.Length == 0 ? "core" : Words(definition, '_');
        return $"{group}_{definition.Version}";
    }

    /// <summary>The name of an operation, such as listCoreV1NamespacedConfigMap: generated clients call their methods so.</summary>
    /// <param name="verb">What it does, such as list.</param>
    /// <param name="definition">To what kind.</param>
    /// <param name="namespaced">True for one whose path names a namespace.</param>
    /// <param name="prefix">What comes before the kind, such as Collection.</param>
    /// <param name="suffix">What comes after it, such as Status.</param>
    public static string Operation(string verb, ResourceDefinition definition, bool namespaced, string prefix = "", string suffix = "")
    {
        string group = definition.Group.Length == 0
            ? "Core"
            : string.Concat(Words(definition, ' ').Split(' ').Select(Capitalised));
        return verb + group + Capitalised(definition.Version) + prefix + (namespaced ? "Namespaced" : "") + definition.Kind + suffix;
    }

    public static string Capitalised(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    /// <summary>The words of a group's name; of Kubernetes' own the first one says all.</summary>
    private static string Words(ResourceDefinition definition, char separator) =>
        definition.Group.EndsWith(".k8s.io", StringComparison.Ordinal)
            ? definition.Group[..definition.Group.IndexOf('.', StringComparison.Ordinal)]
            : definition.Group.Replace('.', separator);
}
