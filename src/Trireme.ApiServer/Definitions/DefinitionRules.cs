using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.CustomKinds.Schemas;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Definitions;

/// <summary>
/// What a definition must be, in the words of clusters (k8s.io/apiextensions-apiserver, pkg/apis/apiextensions/validation), and what this
/// server does not do, which is refused before anybody relies on it.
/// </summary>
internal static class DefinitionRules
{
    public const string Namespaced = "Namespaced";

    /// <summary>Largest definition: what clusters can store of one object.</summary>
    public const int MaxBytes = 1536 << 10;

    private const int MaxVersions = 50;
    private const int MaxNames = 50;
    private const int MaxColumns = 100;
    private const int MaxSelectableFields = 8;
    private const int MaxWarning = 256;

    /// <summary>Lets groups of Kubernetes itself be defined by who has their approval.</summary>
    private const string ApprovedAnnotation = "api-approved.kubernetes.io";

    private static readonly string[] OwnGroups =
    [
        .. ResourceCatalog.All.Select(static definition => definition.Group).Distinct(), ServedDefinition.TypeApiVersion.Split('/')[0],
        "authentication.k8s.io", "authorization.k8s.io", "events.k8s.io",
    ];

    private static readonly string[] Scopes = ["Cluster", Namespaced];
    private static readonly string[] ColumnTypes = ["boolean", "date", "integer", "number", "string"];

    public static void Validate(ServedDefinition definition, FieldErrors errors)
    {
        DefinitionSpec spec = definition.Spec;
        CheckGroup(definition, errors);
        CheckNames(spec.Names, errors);
        if (definition.Metadata.Name != $"{spec.Names.Plural}.{spec.Group}")
        {
            errors.Invalid(
                "metadata.name", $"Invalid value: \"{definition.Metadata.Name}\": must be spec.names.plural+\".\"+spec.group");
        }

        if (!Scopes.Contains(spec.Scope)) Unsupported("spec.scope", spec.Scope, Scopes, errors);
        if (spec.PreserveUnknownFields == true)
        {
            errors.Invalid("spec.preserveUnknownFields", "Invalid value: true: cannot set to true, set "
                + "x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead");
        }

        CheckConversion(spec.Conversion, errors);
        CheckVersions(spec, errors);
        CheckStored(definition, errors);
    }

    private static void CheckGroup(ServedDefinition definition, FieldErrors errors)
    {
        string group = definition.Spec.Group;
        if (!NameRules.IsSubdomain(group))
        {
            errors.Invalid("spec.group", $"Invalid value: \"{group}\": {NameRules.SubdomainRule}");
        }
        else if (!group.Contains('.', StringComparison.Ordinal))
        {
            errors.Invalid("spec.group", $"Invalid value: \"{group}\": should be a domain with at least one dot");
        }
        else if (OwnGroups.Contains(group))
        {
            errors.Add("spec.group", FieldErrorType.Forbidden,
                $"Forbidden: the kinds of {group} come with this server and no others are added to it; take a group of your own");
        }
        else if (IsProtected(group) && definition.Metadata.Annotations?.ContainsKey(ApprovedAnnotation) != true)
        {
            errors.Required($"metadata.annotations[{ApprovedAnnotation}]",
                "Required value: protected groups must have approval annotation \"" + ApprovedAnnotation
                + "\", see https://github.com/kubernetes/enhancements/pull/1111");
        }
    }

    private static bool IsProtected(string group) =>
        group is "k8s.io" or "kubernetes.io"
        || group.EndsWith(".k8s.io", StringComparison.Ordinal)
        || group.EndsWith(".kubernetes.io", StringComparison.Ordinal);

    private static void CheckNames(DefinitionNames names, FieldErrors errors)
    {
        const string At = "spec.names.";
        CheckName(At + "plural", names.Plural, isKind: false, errors);
        CheckName(At + "kind", names.Kind, isKind: true, errors);
        if (names.Singular is { Length: > 0 } singular) CheckName(At + "singular", singular, isKind: false, errors);
        if (names.ListKind is { Length: > 0 } listKind) CheckName(At + "listKind", listKind, isKind: true, errors);
        CheckList(At + "shortNames", names.ShortNames, errors);
        CheckList(At + "categories", names.Categories, errors);
        if (names.Kind.Length > 0 && names.Kind == names.ListKind)
        {
            errors.Invalid(At + "listKind", $"Invalid value: \"{names.ListKind}\": kind and listKind may not be the same");
        }
    }

    private static void CheckList(string field, IReadOnlyList<string>? names, FieldErrors errors)
    {
        if (names?.Count > MaxNames) TooMany(field, names.Count, MaxNames, errors);
        for (int i = 0; i < Math.Min(names?.Count ?? 0, MaxNames); i++) CheckName($"{field}[{i}]", names![i], isKind: false, errors);
    }

    private static void CheckName(string field, string name, bool isKind, FieldErrors errors)
    {
        if (name.Length == 0)
        {
            errors.Required(field, "Required value");
        }
        else if (!IsLabel(isKind ? name.ToLowerInvariant() : name))
        {
            string mixed = isKind ? "may have mixed case, but should otherwise match: " : "";
            errors.Invalid(field, $"Invalid value: \"{name}\": {mixed}a DNS-1035 label must consist of lower case alphanumeric characters "
                + "or '-', start with an alphabetic character, and end with an alphanumeric character");
        }
    }

    /// <summary>RFC 1035: at most 63 letters, digits and '-', beginning with a letter and ending with no '-'.</summary>
    private static bool IsLabel(string name) =>
        name.Length is > 0 and <= 63
        && name[0] is >= 'a' and <= 'z'
        && name[^1] != '-'
        && name.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');

    private static void CheckConversion(DefinitionConversion? conversion, FieldErrors errors)
    {
        if (conversion is null) return;
        if (conversion.Strategy == "Webhook")
        {
            errors.Add("spec.conversion.strategy", FieldErrorType.Forbidden, "Forbidden: this server does not call conversion webhooks; "
                + "use None where the versions hold the same fields, or serve one version");
        }
        else if (conversion.Strategy != "None")
        {
            Unsupported("spec.conversion.strategy", conversion.Strategy, ["None"], errors);
        }
        else if (conversion.Webhook is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) })
        {
            errors.Add("spec.conversion.webhook", FieldErrorType.Forbidden,
                "Forbidden: should not be set when strategy is not set to Webhook");
        }
    }

    private static void CheckVersions(DefinitionSpec spec, FieldErrors errors)
    {
        if (spec.Versions.Count == 0) errors.Required("spec.versions", "Required value: must have at least one version");
        if (spec.Versions.Count > MaxVersions)
        {
            TooMany("spec.versions", spec.Versions.Count, MaxVersions, errors);
            return;
        }

        if (spec.Versions.Select(static version => version.Name).Distinct().Count() != spec.Versions.Count)
        {
            errors.Invalid("spec.versions", $"Invalid value: {Names(spec)}: must contain unique version names");
        }

        if (spec.Versions.Count > 0 && spec.Versions.Count(static version => version.Storage) != 1)
        {
            errors.Invalid("spec.versions", $"Invalid value: {Names(spec)}: must have exactly one version marked as storage version");
        }

        // What all versions have in common clusters report once, under the name it had before there were versions.
        string[] schemas = [.. spec.Versions.Select(static version => version.Schema?.OpenAPIV3Schema?.GetRawText() ?? "").Distinct()];
        var rules = new SchemaRules(errors);
        for (int i = 0; i < spec.Versions.Count; i++)
        {
            string field = $"spec.versions[{i}]";
            DefinitionVersion version = spec.Versions[i];
            CheckVersion(version, field, errors);
            if (version.Schema?.OpenAPIV3Schema is not { ValueKind: JsonValueKind.Object } schema)
            {
                errors.Required(field + ".schema.openAPIV3Schema", "Required value: schemas are required");
            }
            else if (i == 0 || schemas.Length > 1)
            {
                string at = schemas.Length == 1 ? "spec.validation.openAPIV3Schema" : field + ".schema.openAPIV3Schema";
                rules.CheckRoot(JsonObject.Create(schema)!, at);
            }
        }
    }

    private static string Names(DefinitionSpec spec) =>
        JsonSerializer.Serialize(spec.Versions.Select(static version => version.Name));

    private static void CheckVersion(DefinitionVersion version, string field, FieldErrors errors)
    {
        CheckName(field + ".name", version.Name, isKind: false, errors);
        if (version.DeprecationWarning is { } warning)
        {
            string at = field + ".deprecationWarning";
            if (version.Deprecated != true) errors.Invalid(at, $"Invalid value: \"{warning}\": can only be set for deprecated versions");
            if (warning.Length is 0 or > MaxWarning || warning.Any(char.IsControl))
            {
                errors.Invalid(at, $"Invalid value: must be between 1 and {MaxWarning} printable characters");
            }
        }

        if (version.Subresources?.Scale is { } scale) CheckScale(scale, field + ".subresources.scale", errors);
        CheckColumns(version.AdditionalPrinterColumns ?? [], field + ".additionalPrinterColumns", errors);
        CheckSelectable(version, field + ".selectableFields", errors);
    }

    private static void CheckScale(DefinitionScale scale, string field, FieldErrors errors)
    {
        CheckScalePath(scale.SpecReplicasPath, field + ".specReplicasPath", [".spec."], errors);
        CheckScalePath(scale.StatusReplicasPath, field + ".statusReplicasPath", [".status."], errors);
        if (scale.LabelSelectorPath is { Length: > 0 } path)
        {
            CheckScalePath(path, field + ".labelSelectorPath", [".spec.", ".status."], errors);
        }
    }

    private static void CheckScalePath(string path, string field, string[] under, FieldErrors errors)
    {
        bool fits = IsPlain(path) && under.Any(parent => path.StartsWith(parent, StringComparison.Ordinal));
        if (fits) return;
        string parents = string.Join(" or ", under.Select(static parent => parent.TrimEnd('.')));
        errors.Invalid(field, $"Invalid value: \"{path}\": should be a json path under {parents}");
    }

    private static void CheckColumns(IReadOnlyList<DefinitionColumn> columns, string field, FieldErrors errors)
    {
        if (columns.Count > MaxColumns) TooMany(field, columns.Count, MaxColumns, errors);
        for (int i = 0; i < Math.Min(columns.Count, MaxColumns); i++)
        {
            string at = $"{field}[{i}]";
            if (!ColumnTypes.Contains(columns[i].Type)) Unsupported(at + ".type", columns[i].Type, ColumnTypes, errors);
            if (!columns[i].JsonPath.StartsWith('.'))
            {
                errors.Invalid(at + ".jsonPath", $"Invalid value: \"{columns[i].JsonPath}\": must be a simple json path starting with .");
            }

            try
            {
                JsonPath.Parse(columns[i].JsonPath);
            }
            catch (FormatException exception)
            {
                errors.Invalid(at + ".jsonPath", $"Invalid value: \"{columns[i].JsonPath}\": {exception.Message}");
            }
        }
    }

    private static void CheckSelectable(DefinitionVersion version, string field, FieldErrors errors)
    {
        IReadOnlyList<DefinitionSelectableField> fields = version.SelectableFields ?? [];
        if (fields.Count > MaxSelectableFields)
        {
            TooMany(field, fields.Count, MaxSelectableFields, errors);
            return;
        }

        if (fields.Count == 0 || version.Schema?.OpenAPIV3Schema is not { ValueKind: JsonValueKind.Object } json) return;
        StructuralSchema schema = StructuralReader.Read(JsonObject.Create(json)!);
        for (int i = 0; i < fields.Count; i++)
        {
            string path = fields[i].JsonPath;
            string at = $"{field}[{i}].jsonPath";
            bool isRepeated = fields.Take(i).Any(other => other.JsonPath == path);
            if (isRepeated) errors.Add(at, FieldErrorType.Duplicate, $"Duplicate value: \"{path}\"");
            if (!IsPlain(path) || path.StartsWith(".metadata.", StringComparison.Ordinal))
            {
                errors.Invalid(at, $"Invalid value: \"{path}\": must be a simple path of a field outside of metadata, such as .spec.color");
            }
            else if (schema.Find(path.Split('.').Skip(1))?.Type is not ("string" or "boolean" or "integer"))
            {
                errors.Invalid(at, $"Invalid value: \"{path}\": must point to a field of type string, boolean or integer of the schema; "
                    + "enum string fields and strings with formats are allowed");
            }
        }
    }

    /// <summary>True for a path of names alone, such as .spec.replicas.</summary>
    private static bool IsPlain(string path) =>
        path.StartsWith('.')
        && path[1..].Split('.') is { Length: <= 32 } names
        && names.All(static name => name.Length > 0 && name.IndexOfAny(['[', ']', '\'', '"', '\\', '*', '(', ')', '@', '?']) < 0);

    private static void CheckStored(ServedDefinition definition, FieldErrors errors)
    {
        IReadOnlyList<string> stored = definition.Status?.StoredVersions ?? [];
        for (int i = 0; i < stored.Count; i++)
        {
            if (definition.Spec.Versions.Any(version => version.Name == stored[i])) continue;
            errors.Invalid($"status.storedVersions[{i}]", $"Invalid value: \"{stored[i]}\": missing from spec.versions; {stored[i]} was "
                + "previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains "
                + $"persisted in {stored[i]} and removes {stored[i]} from status.storedVersions");
        }

        string? storage = definition.Spec.Versions.FirstOrDefault(static version => version.Storage)?.Name;
        if (definition.Status is not null && storage is not null && !stored.Contains(storage))
        {
            string shown = JsonSerializer.Serialize(stored);
            errors.Invalid("status.storedVersions", $"Invalid value: {shown}: must have the storage version {storage}");
        }
    }

    private static void TooMany(string field, int count, int max, FieldErrors errors) =>
        errors.Add(field, FieldErrorType.TooMany, $"Too many: {count}: must have at most {max} items");

    private static void Unsupported(string field, string value, string[] supported, FieldErrors errors) => errors.Add(
        field,
        FieldErrorType.NotSupported,
        $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.Select(static choice => $"\"{choice}\""))}");
}
