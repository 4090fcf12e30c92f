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
        var errors = new FieldErrors();
        SchemaValidator.Validate(json, definition.Schema, "", errors);
        if (!errors.IsEmpty) return errors.Items;

        try
        {
            resource = (IResource?)WithoutNulls(json, definition.Schema).Deserialize(definition.ClrType, ResourceJson.Options);
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

    /// <summary>An explicit null says "not set": without it, the field takes its default as an absent one does.</summary>
    private static JsonNode? WithoutNulls(JsonElement value, SchemaNode? schema)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when schema?.Properties is { } properties:
                var json = new JsonObject();
                foreach (JsonProperty member in value.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null))
                {
                    json[member.Name] = WithoutNulls(member.Value, properties.GetValueOrDefault(member.Name));
                }

                return json;
            case JsonValueKind.Array when schema?.Items is { } items:
                return new JsonArray([.. value.EnumerateArray().Select(item => WithoutNulls(item, items))]);
            case JsonValueKind.Object when schema?.AdditionalProperties is { } any:
                return new JsonObject(
                    value.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, WithoutNulls(member.Value, any))));
            default:
                return JsonSerializer.SerializeToNode(value);
        }
    }

    /// <summary>Checks that an update keeps what may not change.</summary>
    public static IReadOnlyList<FieldError> ValidateUpdate(ResourceDefinition definition, JsonElement before, JsonElement after)
    {
        var errors = new FieldErrors();
        if (definition.SpecIsImmutable
            && before.TryGetProperty("spec", out JsonElement old)
            && after.TryGetProperty("spec", out JsonElement now)
            && !JsonElement.DeepEquals(old, now))
        {
            errors.Add("spec", FieldErrorType.Forbidden, $"a {definition.Kind} is immutable; create another one under a new name");
        }

        return errors.Items;
    }
}
