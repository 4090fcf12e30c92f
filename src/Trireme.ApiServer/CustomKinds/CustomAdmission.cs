using System.Text.Json.Nodes;
using Trireme.ApiServer.CustomKinds.Schemas;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.CustomKinds;

/// <summary>
/// Takes an object of a custom kind as its version describes it: what is unknown goes, what is absent gets its default, and what is then
/// wrong is refused.
/// </summary>
internal static class CustomAdmission
{
    /// <summary>Completes an object in place, or says why it cannot be.</summary>
    /// <param name="request">What is written.</param>
    /// <param name="version">The version in which it is.</param>
    /// <param name="document">The object.</param>
    /// <param name="options">What the client asked for.</param>
    /// <param name="before">The stored state in the same version, of which all may stay; null for a new object.</param>
    public static StatusError? Check(
        ApiRequest request, CustomVersion version, JsonObject document, WriteOptions options, JsonObject? before)
    {
        ServedResource resource = request.Resource;
        SchemaPruner.Normalize(document, CustomObject.Schema);
        IReadOnlyList<FieldError> ofMetadata = ResourceValidator.ValidateSchema(CustomObject.Envelope, document);
        List<string> pruned = StructuralPruner.Prune(document, version.Schema);
        FieldError[] unknown =
        [
            .. RepeatedFields.Of(request.Http),
            .. ofMetadata.Where(static error => error.Type == FieldErrorType.UnknownField),
            .. pruned.Select(static path => new FieldError(path, FieldErrorType.UnknownField, $"unknown field \"{path}\"")),
        ];
        if (unknown.Length > 0)
        {
            if (options.FieldValidation == FieldValidation.Strict) return StatusErrors.UnknownFields(resource, unknown);
            if (options.FieldValidation == FieldValidation.Warn)
            {
                foreach (FieldError error in unknown) Warnings.Add(request.Http.Response, error.Detail);
            }

            SchemaPruner.RemoveUnknown(document, CustomObject.Schema);
        }

        StructuralDefaults.Apply(document, version.Schema);
        FieldError[] errors =
        [
            .. ofMetadata.Where(static error => error.Type != FieldErrorType.UnknownField),
            .. StructuralValidator.Validate(document, version.Schema, before),
        ];
        return errors.Length > 0 ? StatusErrors.Invalid(resource, document.Name(), errors) : null;
    }
}
