using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Requests;

/// <summary>
/// Fields that stand twice in the body of a request, kept until its other fields are checked, so that a refusal names all.
/// </summary>
internal static class RepeatedFields
{
    private static readonly object Key = new();

    public static void Note(HttpContext context, string path)
    {
        if (context.Items[Key] is not List<FieldError> known) context.Items[Key] = known = [];
        var error = new FieldError(path, FieldErrorType.UnknownField, $"duplicate field \"{path}\"");
        // A body that is read again for another try has the same.
        if (!known.Contains(error)) known.Add(error);
    }

    /// <summary>Those that are to be refused.</summary>
    public static IReadOnlyList<FieldError> Of(HttpContext context) => context.Items[Key] as List<FieldError> ?? [];
}
