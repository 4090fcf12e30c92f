using System.Text;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Validation;

/// <summary>Kubernetes' rules for the metadata of every object.</summary>
internal static class MetadataRules
{
    /// <summary>Bytes of all annotations of an object, keys and values.</summary>
    private const int MaxAnnotationBytes = 256 << 10;

    public static void Validate(ObjectMeta metadata, ResourceDefinition definition, FieldErrors errors)
    {
        ValidateName(metadata, definition.HasPathNames, errors);
        if (!definition.Namespaced && !string.IsNullOrEmpty(metadata.Namespace))
        {
            errors.Add("metadata.namespace", FieldErrorType.Forbidden, $"{definition.Kind} is cluster-scoped");
        }

        foreach ((string key, string value) in metadata.Labels ?? new Dictionary<string, string>())
        {
            ValidateKey(key, key, "metadata.labels", errors);
            if (NameRules.IsLabelValue(value)) continue;
            errors.Invalid(
                $"metadata.labels.{key}",
                $"\"{value}\" must be at most 63 letters, digits, '-', '_' or '.', and start and end with a letter or digit");
        }

        ValidateAnnotations(metadata.Annotations ?? new Dictionary<string, string>(), errors);
        ValidateOwners(metadata.OwnerReferences ?? [], errors);
        ValidateFinalizers(metadata.Finalizers ?? [], errors);
    }

    private static void ValidateName(ObjectMeta metadata, bool isPath, FieldErrors errors)
    {
        if (metadata.GenerateName is { Length: > 0 } prefix && !isPath && !NameRules.IsSubdomainPrefix(prefix))
        {
            errors.Invalid("metadata.generateName", $"\"{prefix}\" {NameRules.SubdomainRule}, or end with '-'");
        }

        if (metadata.Name.Length > 0)
        {
            string? fault = isPath ? NameRules.PathSegmentFault(metadata.Name)
                : NameRules.IsSubdomain(metadata.Name) ? null
                : NameRules.SubdomainRule;
            if (fault is not null) errors.Invalid("metadata.name", $"\"{metadata.Name}\" {fault}");
        }
        else if (string.IsNullOrEmpty(metadata.GenerateName))
        {
            errors.Required("metadata.name", "name or generateName must be set");
        }
    }

    private static void ValidateAnnotations(IReadOnlyDictionary<string, string> annotations, FieldErrors errors)
    {
        long bytes = 0;
        foreach ((string key, string value) in annotations)
        {
            // Case makes no difference in the keys of annotations, also in their domains.
            ValidateKey(key, key.ToLowerInvariant(), "metadata.annotations", errors);
            bytes += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
        }

        if (bytes <= MaxAnnotationBytes) return;
        errors.Add(
            "metadata.annotations",
            FieldErrorType.TooLong,
            $"all annotations together may not be more than {MaxAnnotationBytes} bytes, and they are {bytes}");
    }

    private static void ValidateOwners(IReadOnlyList<OwnerReference> owners, FieldErrors errors)
    {
        int controllers = 0;
        for (int i = 0; i < owners.Count; i++)
        {
            string field = $"metadata.ownerReferences[{i}]";
            if (owners[i].ApiVersion.Length == 0) errors.Required(field + ".apiVersion", "must not be empty");
            if (owners[i].ApiVersion.AsSpan().Count('/') > 1)
            {
                errors.Invalid(field + ".apiVersion", $"\"{owners[i].ApiVersion}\" must be a version, or a group and a version as apps/v1");
            }

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
        foreach (string finalizer in finalizers) ValidateKey(finalizer, finalizer, "metadata.finalizers", errors);
        if (finalizers.Contains("orphan") && finalizers.Contains("foregroundDeletion"))
        {
            errors.Invalid("metadata.finalizers", "orphan and foregroundDeletion cannot both be set");
        }
    }

    private static void ValidateKey(string key, string checkedKey, string field, FieldErrors errors)
    {
        if (!NameRules.IsQualifiedName(checkedKey)) errors.Invalid(field, $"\"{key}\" {NameRules.QualifiedNameRule}");
    }
}
