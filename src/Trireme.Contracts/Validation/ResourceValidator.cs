using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Validation;

/// <summary>
/// The one place where a resource is checked: the embedded API server, the admission webhook and the command line call it.
/// </summary>
public static class ResourceValidator
{
    /// <summary>Checks an object as a client sent it. On success the typed resource is returned as well.</summary>
    public static IReadOnlyList<FieldError> Validate(ResourceDefinition definition, JsonElement json, out IResource? resource)
    {
        resource = null;
        JsonNode? document = json.ValueKind switch
        {
            JsonValueKind.Object => JsonObject.Create(json),
            JsonValueKind.Array => JsonArray.Create(json),
            _ => JsonValue.Create(json),
        };
        IReadOnlyList<FieldError> errors = ValidateSchema(definition, document);
        if (errors.Count > 0) return errors;
        SchemaPruner.Normalize(document, definition.Schema);
        return ValidateRules(definition, JsonSerializer.SerializeToUtf8Bytes(document, ResourceJson.Options), out resource);
    }

    /// <summary>The first half of a check: structure, types and limits, on the object's tree.</summary>
    public static IReadOnlyList<FieldError> ValidateSchema(ResourceDefinition definition, JsonNode? document)
    {
        var errors = new FieldErrors();
        new SchemaValidator(errors).Validate(document, definition.Schema);
        return errors.Items;
    }

    /// <summary>The second half: names, labels and the rules between fields, on the text that will be stored.</summary>
    /// <param name="definition">The kind.</param>
    /// <param name="json">An object that has passed its schema and holds no nulls.</param>
    /// <param name="resource">The typed resource, on success.</param>
    public static IReadOnlyList<FieldError> ValidateRules(ResourceDefinition definition, ReadOnlySpan<byte> json, out IResource? resource)
    {
        resource = null;
        var errors = new FieldErrors();
        try
        {
            resource = (IResource?)JsonSerializer.Deserialize(json, definition.ClrType, ResourceJson.Options);
        }
        catch (JsonException exception)
        {
            errors.Invalid(exception.Path?.TrimStart('$', '.') ?? "(root)", exception.Message);
            return errors.Items;
        }

        MetadataRules.Validate(resource!.Metadata, definition, errors);
        (resource as IValidatable)?.Validate(errors);
        return errors.Items;
    }

    /// <summary>Checks that an update keeps what may not change.</summary>
    public static IReadOnlyList<FieldError> ValidateUpdate(ResourceDefinition definition, JsonObject before, JsonObject after)
    {
        bool changes = definition.SpecIsImmutable
            && before["spec"] is { } old
            && after["spec"] is { } now
            && !JsonNode.DeepEquals(old, now);
        if (!changes) return [];
        var errors = new FieldErrors();
        errors.Add("spec", FieldErrorType.Forbidden, $"a {definition.Kind} is immutable; {definition.InsteadOfChange}");
        return errors.Items;
    }
}
