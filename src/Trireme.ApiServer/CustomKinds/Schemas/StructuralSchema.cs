using System.Text.Json.Nodes;

namespace Trireme.ApiServer.CustomKinds.Schemas;

/// <summary>
/// One value of a custom kind as its definition describes it: the keywords of OpenAPI v3 and of Kubernetes that definitions may hold
/// (k8s.io/apiextensions-apiserver, pkg/apiserver/schema). Made by <see cref="StructuralReader"/>.
/// </summary>
internal sealed record StructuralSchema
{
    /// <summary>object, array, string, integer, number or boolean; null accepts any of them.</summary>
    public string? Type { get; init; }

    public string? Format { get; init; }

    public bool Nullable { get; init; }

    /// <summary>What stands for an absent value; null where nothing does. Nobody changes it.</summary>
    public JsonNode? Default { get; init; }

    public IReadOnlyDictionary<string, StructuralSchema>? Properties { get; init; }

    /// <summary>Schema of the values of a map with free keys.</summary>
    public StructuralSchema? AdditionalProperties { get; init; }

    public StructuralSchema? Items { get; init; }

    public IReadOnlyList<string> Required { get; init; } = [];

    public IReadOnlyList<JsonNode?>? Enum { get; init; }

    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    public bool ExclusiveMinimum { get; init; }

    public bool ExclusiveMaximum { get; init; }

    public double? MultipleOf { get; init; }

    public long? MinLength { get; init; }

    public long? MaxLength { get; init; }

    public long? MinItems { get; init; }

    public long? MaxItems { get; init; }

    public long? MinProperties { get; init; }

    public long? MaxProperties { get; init; }

    public SchemaPattern? Pattern { get; init; }

    public IReadOnlyList<StructuralSchema> AllOf { get; init; } = [];

    public IReadOnlyList<StructuralSchema> AnyOf { get; init; } = [];

    public IReadOnlyList<StructuralSchema> OneOf { get; init; } = [];

    public StructuralSchema? Not { get; init; }

    /// <summary>True where members that the schema does not name are kept.</summary>
    public bool PreservesUnknownFields { get; init; }

    /// <summary>True for a value that is an object of some kind itself, with apiVersion, kind and metadata.</summary>
    public bool IsEmbeddedResource { get; init; }

    public bool IsIntOrString { get; init; }

    /// <summary>"set" or "map"; null for a list that is one value.</summary>
    public string? ListType { get; init; }

    public IReadOnlyList<string> ListMapKeys { get; init; } = [];

    /// <summary>True for an object that is one value.</summary>
    public bool IsAtomicMap { get; init; }

    /// <summary>True where nothing lies below it, and nothing stands for its absence.</summary>
    public bool IsPlain =>
        Properties is null && AdditionalProperties is null && Items is null && Default is null && Enum is null && Not is null
        && Required.Count + ListMapKeys.Count + AllOf.Count + AnyOf.Count + OneOf.Count == 0;

    /// <summary>The schema of a field within, by its names from here; null where none is described.</summary>
    public StructuralSchema? Find(IEnumerable<string> path)
    {
        StructuralSchema? found = this;
        foreach (string part in path) found = found?.Properties?.GetValueOrDefault(part);
        return found;
    }

    /// <summary>The schema of a member, if it has one.</summary>
    public StructuralSchema? Member(string name) => Properties?.GetValueOrDefault(name) ?? AdditionalProperties;
}
