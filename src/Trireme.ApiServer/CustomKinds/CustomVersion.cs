using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.CustomKinds.Schemas;
using Trireme.ApiServer.Definitions;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.CustomKinds;

/// <summary>
/// One version of a custom kind. An object is stored under one version and read under each: only its apiVersion differs, and what the
/// schema of the version says of unknown and of absent fields.
/// </summary>
internal sealed class CustomVersion : IProjectedKind
{
    private static readonly PrinterColumn Age = new("Age", ".metadata.creationTimestamp", "date")
    {
        Description = "When the object was made, in the server's time.",
    };

    private readonly JsonObject _openApi;
    private readonly string _storedApiVersion;

    /// <param name="definition">The definition of the kind, which is valid.</param>
    /// <param name="version">The version.</param>
    public CustomVersion(ServedDefinition definition, DefinitionVersion version)
    {
        DefinitionSpec spec = definition.Spec;
        DefinitionNames names = definition.Status?.AcceptedNames ?? new DefinitionNames();
        Source = $"{spec.Names.Plural}.{spec.Group}";
        _storedApiVersion = $"{spec.Group}/{spec.Versions.First(static stored => stored.Storage).Name}";
        _openApi = version.Schema?.OpenAPIV3Schema is { ValueKind: JsonValueKind.Object } schema ? JsonObject.Create(schema)! : [];
        Schema = StructuralReader.Read(_openApi);
        Definition = new ResourceDefinition
        {
            Group = spec.Group,
            Version = version.Name,
            Kind = spec.Names.Kind,
            Plural = spec.Names.Plural,
            Singular = names.Singular is { Length: > 0 } singular ? singular : spec.Names.Kind.ToLowerInvariant(),
            ListKind = names.ListKind is { Length: > 0 } listKind ? listKind : spec.Names.Kind + "List",
            ShortNames = names.ShortNames ?? [],
            Namespaced = spec.Scope == DefinitionRules.Namespaced,
            HasStatus = version.Subresources?.Status is not null,
            Scale = ScaleOf(version.Subresources?.Scale),
            ClrType = typeof(CustomObject),
            Schema = StructuralReader.ToNode(Schema),
        };
        Categories = names.Categories ?? [];
        Fields = [.. (version.SelectableFields ?? []).Select(static field => field.JsonPath.TrimStart('.'))];
        IEnumerable<PrinterColumn> columns = version.AdditionalPrinterColumns is { Count: > 0 } given ? given.Select(ColumnOf) : [Age];
        Columns = [.. columns.Select(CustomColumn.Of)];
        Subresources = [.. ServedResource.SubresourcesOf(Definition)];
        Warning = version.Deprecated == true ? version.DeprecationWarning ?? DeprecationOf(spec, version) : null;
    }

    public ResourceDefinition Definition { get; }

    public string Source { get; }

    public IReadOnlyList<TableColumn> Columns { get; }

    public IReadOnlyList<string> Fields { get; }

    public IReadOnlyList<string> Categories { get; }

    public IReadOnlyList<Subresource> Subresources { get; }

    public string? InsteadOfWriting => null;

    /// <summary>What its objects hold.</summary>
    public StructuralSchema Schema { get; }

    /// <summary>What whoever uses the version is told; null for one that is not deprecated.</summary>
    public string? Warning { get; }

    public JsonObject? Project(JsonObject source)
    {
        JsonObject shown = source.DeepClone().AsObject();
        shown["apiVersion"] = Definition.ApiVersion;
        StructuralPruner.Prune(shown, Schema);
        StructuralDefaults.Apply(shown, Schema);
        return shown;
    }

    public JsonObject ToSource(JsonObject projected)
    {
        projected["apiVersion"] = _storedApiVersion;
        return projected;
    }

    /// <summary>The schema as the definition says it, with what all objects have.</summary>
    /// <param name="metadata">The schema of metadata.</param>
    public JsonObject ToOpenApi(JsonObject metadata)
    {
        JsonObject schema = _openApi.DeepClone().AsObject();
        schema["type"] ??= "object";
        if (schema["properties"] is not JsonObject properties) schema["properties"] = properties = [];
        foreach (string name in (ReadOnlySpan<string>)["apiVersion", "kind"])
        {
            properties[name] = CustomObject.Schema.Properties![name].ToOpenApi();
        }

        properties["metadata"] = metadata;
        if (Fields.Count > 0)
        {
            schema["x-kubernetes-selectable-fields"] = new JsonArray([.. Fields.Select(field => new JsonObject { ["fieldPath"] = field })]);
        }

        return schema;
    }

    private static PrinterColumn ColumnOf(DefinitionColumn column) => new(column.Name, column.JsonPath, column.Type, column.Priority ?? 0)
    {
        Description = column.Description,
        Format = column.Format ?? "",
    };

    private static ScalePaths? ScaleOf(DefinitionScale? scale) => scale is null ? null : new ScalePaths(
        scale.SpecReplicasPath.TrimStart('.'),
        scale.StatusReplicasPath.TrimStart('.'),
        Selector: scale.LabelSelectorPath is { Length: > 0 } selector ? selector.TrimStart('.') : null);

    private static string DeprecationOf(DefinitionSpec spec, DefinitionVersion version)
    {
        string text = $"{spec.Group}/{version.Name} {spec.Names.Kind} is deprecated";
        string? instead = spec.Versions
            .Where(static other => other is { Served: true, Deprecated: not true })
            .Select(static other => other.Name)
            .Order(VersionOrder.Comparer)
            .FirstOrDefault();
        // A version is not replaced by one that promises less.
        return instead is not null && VersionOrder.Comparer.Compare(instead, version.Name) < 0
            ? $"{text}; use {spec.Group}/{instead} {spec.Names.Kind}"
            : text;
    }
}
