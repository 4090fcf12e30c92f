using System.Text.RegularExpressions;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Validation;

/// <summary>Kubernetes' rules for names and labels.</summary>
internal static partial class MetadataRules
{
    public static void Validate(ObjectMeta metadata, ResourceDefinition definition, FieldErrors errors)
    {
        bool named = metadata.Name.Length > 0;
        if (!named && string.IsNullOrEmpty(metadata.GenerateName)) errors.Required("metadata.name", "name or generateName must be set");
        if (named && (metadata.Name.Length > 253 || !Subdomain().IsMatch(metadata.Name)))
        {
            errors.Invalid(
                "metadata.name",
                $"\"{metadata.Name}\" must be at most 253 lowercase letters, digits, '-' or '.', and start and end with a letter or digit");
        }

        if (!definition.Namespaced && !string.IsNullOrEmpty(metadata.Namespace))
        {
            errors.Add("metadata.namespace", FieldErrorType.Forbidden, $"{definition.Kind} is cluster-scoped");
        }

        foreach ((string key, string value) in metadata.Labels ?? new Dictionary<string, string>())
        {
            ValidateKey(key, "metadata.labels", errors);
            if (value.Length > 63 || !LabelValue().IsMatch(value))
            {
                errors.Invalid(
                    $"metadata.labels.{key}",
                    $"\"{value}\" must be at most 63 letters, digits, '-', '_' or '.', and start and end with a letter or digit");
            }
        }

        foreach (string key in metadata.Annotations?.Keys ?? []) ValidateKey(key, "metadata.annotations", errors);
        ValidateOwners(metadata.OwnerReferences ?? [], errors);
        ValidateFinalizers(metadata.Finalizers ?? [], errors);
    }

    /// <summary>True for a name with a domain before it, such as example.com/hold.</summary>
    public static bool IsQualified(string name) => name.Contains('/', StringComparison.Ordinal) && QualifiedName().IsMatch(name);

    private static void ValidateOwners(IReadOnlyList<OwnerReference> owners, FieldErrors errors)
    {
        int controllers = 0;
        for (int i = 0; i < owners.Count; i++)
        {
            string field = $"metadata.ownerReferences[{i}]";
            if (owners[i].ApiVersion.Length == 0) errors.Required(field + ".apiVersion", "must not be empty");
            if (owners[i].Kind.Length == 0) errors.Required(field + ".kind", "must not be empty");
            if (owners[i].Name.Length == 0) errors.Required(field + ".name", "must not be empty");
            if (owners[i].Uid.Length == 0) errors.Required(field + ".uid", "must not be empty");
            if (owners[i] is { ApiVersion: "v1", Kind: "Event" }) errors.Invalid(field, "an Event cannot own other objects");
            if (owners[i].Controller == true && ++controllers == 2)
            {
                errors.Invalid("metadata.ownerReferences", "only one reference can have controller set to true");
            }
        }
    }

    private static void ValidateFinalizers(IReadOnlyList<string> finalizers, FieldErrors errors)
    {
        if (finalizers.Contains("orphan") && finalizers.Contains("foregroundDeletion"))
        {
            errors.Invalid("metadata.finalizers", "orphan and foregroundDeletion cannot both be set");
        }
    }

    private static void ValidateKey(string key, string field, FieldErrors errors)
    {
        if (key.Length > 317 || !QualifiedName().IsMatch(key))
        {
            errors.Invalid(field, $"\"{key}\" is not a qualified name such as app or example.com/app");
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")]
    private static partial Regex LabelValue();

    [GeneratedRegex(@"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex QualifiedName();
}
