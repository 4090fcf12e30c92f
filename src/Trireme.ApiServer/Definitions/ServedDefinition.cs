using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Definitions;

/// <summary>The definition of a custom kind: its names, its versions and their schemas.</summary>
internal sealed record ServedDefinition : IResource, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => "apiextensions.k8s.io/v1";

    public static string TypeKind => "CustomResourceDefinition";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    public required DefinitionSpec Spec { get; init; }

    /// <summary>Whether it is served, and in which versions objects are stored.</summary>
    public DefinitionStatus? Status { get; init; }

    public void Validate(FieldErrors errors) => DefinitionRules.Validate(this, errors);
}

/// <summary>Names, scope, and the versions with their schemas.</summary>
internal sealed record DefinitionSpec
{
    /// <summary>API group of the kind, a domain name with a dot. It never changes.</summary>
    public required string Group { get; init; }

    public required DefinitionNames Names { get; init; }

    /// <summary>Namespaced, or Cluster for objects in no namespace.</summary>
    public required string Scope { get; init; }

    /// <summary>The versions, one of which objects are stored in.</summary>
    public required IReadOnlyList<DefinitionVersion> Versions { get; init; }

    /// <summary>How objects go from one version to another.</summary>
    public DefinitionConversion? Conversion { get; init; }

    /// <summary>Always false: what is to be kept says the schema, with x-kubernetes-preserve-unknown-fields.</summary>
    public bool? PreserveUnknownFields { get; init; }
}

/// <summary>Under which names the kind is served.</summary>
internal sealed record DefinitionNames
{
    /// <summary>Name in URLs: lower case. It never changes.</summary>
    public string Plural { get; init; } = "";

    /// <summary>Name of one; the kind in lower case where it is not set.</summary>
    public string? Singular { get; init; }

    public string Kind { get; init; } = "";

    /// <summary>Kind of a list; the kind with List behind it where it is not set.</summary>
    public string? ListKind { get; init; }

    /// <summary>Short names for command lines.</summary>
    public IReadOnlyList<string>? ShortNames { get; init; }

    /// <summary>Names under which clients ask for several kinds at once, such as all.</summary>
    public IReadOnlyList<string>? Categories { get; init; }
}

/// <summary>One version of the kind.</summary>
internal sealed record DefinitionVersion
{
    /// <summary>Name of the version, such as v1beta1.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it can be asked for.</summary>
    public required bool Served { get; init; }

    /// <summary>Whether objects are stored in it; true for one version.</summary>
    public required bool Storage { get; init; }

    /// <summary>Whether whoever uses it is warned.</summary>
    public bool? Deprecated { get; init; }

    /// <summary>The warning; a standard one where it is not set.</summary>
    public string? DeprecationWarning { get; init; }

    public DefinitionSchema? Schema { get; init; }

    public DefinitionSubresources? Subresources { get; init; }

    /// <summary>Columns of tables after the name; the age alone where there are none.</summary>
    public IReadOnlyList<DefinitionColumn>? AdditionalPrinterColumns { get; init; }

    /// <summary>Fields by which objects can be selected, beside name and namespace; at most eight.</summary>
    public IReadOnlyList<DefinitionSelectableField>? SelectableFields { get; init; }
}

/// <summary>What objects of a version hold.</summary>
internal sealed record DefinitionSchema
{
    /// <summary>A structural schema in OpenAPI v3.</summary>
    public JsonElement? OpenAPIV3Schema { get; init; }
}

/// <summary>Parts and views of objects with a path of their own.</summary>
internal sealed record DefinitionSubresources
{
    /// <summary>Set, and empty, where status is written apart from the rest.</summary>
    public JsonElement? Status { get; init; }

    public DefinitionScale? Scale { get; init; }
}

/// <summary>Where the numbers are that scaling reads and writes.</summary>
internal sealed record DefinitionScale
{
    /// <summary>The number that is wanted, below .spec.</summary>
    public required string SpecReplicasPath { get; init; }

    /// <summary>The number there is, below .status.</summary>
    public required string StatusReplicasPath { get; init; }

    /// <summary>The label selector of the copies as text, below .status or .spec.</summary>
    public string? LabelSelectorPath { get; init; }
}

/// <summary>A column of tables.</summary>
internal sealed record DefinitionColumn
{
    /// <summary>Heading.</summary>
    public required string Name { get; init; }

    /// <summary>integer, number, string, boolean, or date for an age.</summary>
    public required string Type { get; init; }

    /// <summary>OpenAPI's format of the value.</summary>
    public string? Format { get; init; }

    /// <summary>What it shows, for people.</summary>
    public string? Description { get; init; }

    /// <summary>0 for a column that is always shown, more for one of -o wide.</summary>
    public int? Priority { get; init; }

    /// <summary>Where the value is, such as .spec.size.</summary>
    public required string JsonPath { get; init; }
}

/// <summary>A field by which objects can be selected.</summary>
internal sealed record DefinitionSelectableField
{
    /// <summary>Where it is, such as .spec.color.</summary>
    public required string JsonPath { get; init; }
}

/// <summary>How objects go from one version to another.</summary>
internal sealed record DefinitionConversion
{
    /// <summary>None: only apiVersion changes.</summary>
    public required string Strategy { get; init; }

    /// <summary>Not supported by this server.</summary>
    public JsonElement? Webhook { get; init; }
}

/// <summary>What became of the definition.</summary>
internal sealed record DefinitionStatus
{
    /// <summary>NamesAccepted, Established, and Terminating while it is being deleted.</summary>
    [ListMap("type")]
    public IReadOnlyList<DefinitionCondition>? Conditions { get; init; }

    /// <summary>The names it is served under. Those that another kind of its group has already are not given again.</summary>
    public DefinitionNames? AcceptedNames { get; init; }

    /// <summary>Versions in which objects were ever stored. One is taken off by whoever has written all of them anew.</summary>
    public IReadOnlyList<string>? StoredVersions { get; init; }
}

/// <summary>Something that holds of the definition, or does not.</summary>
internal sealed record DefinitionCondition
{
    public string Type { get; init; } = "";

    /// <summary>True, False or Unknown.</summary>
    public string Status { get; init; } = "";

    /// <summary>When it last became so.</summary>
    public string? LastTransitionTime { get; init; }

    /// <summary>Why, in one word.</summary>
    public string? Reason { get; init; }

    /// <summary>Why, for people.</summary>
    public string? Message { get; init; }
}
