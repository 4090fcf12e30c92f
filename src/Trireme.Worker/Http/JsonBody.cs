using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Http;

/// <summary>A body that was read, or why it could not be.</summary>
internal readonly record struct JsonBody<T>(T? Value, WorkerError? Error)
    where T : class;

/// <summary>Reads JSON bodies and says which field is wrong.</summary>
internal static class JsonBody
{
    public static async Task<JsonBody<T>> ReadAsync<T>(HttpContext context)
        where T : class
    {
        // A browser sends other types across origins without asking, and a worker on this machine has no other protection.
        if (!context.Request.HasJsonContentType())
        {
            return new JsonBody<T>(null, new WorkerError
            {
                Status = StatusCodes.Status415UnsupportedMediaType,
                Message = "Send the body as JSON with the header 'Content-Type: application/json'.",
                Code = OpenAiErrorCodes.UnsupportedMediaType,
            });
        }

        try
        {
            T? value = await JsonSerializer.DeserializeAsync<T>(context.Request.Body, OpenAiJson.Options, context.RequestAborted);
            return value is null
                ? new JsonBody<T>(null, WorkerError.Invalid(null, "The body must be a JSON object, not null."))
                : new JsonBody<T>(value, null);
        }
        catch (JsonException exception)
        {
            return new JsonBody<T>(null, Describe(exception, typeof(T)));
        }
    }

    private static WorkerError Describe(JsonException exception, Type type)
    {
        // The reader's own exception inside means that the text is no JSON at all; otherwise a value does not fit its field.
        string problem = WithoutPath(exception.Message);
        if (exception.InnerException is JsonException) return WorkerError.Invalid(null, $"The body is not valid JSON: {problem}");

        string path = exception.Path is { } full && full.StartsWith("$.", StringComparison.Ordinal) ? full[2..] : "";
        if (path.Length == 0) return WorkerError.Invalid(null, "The body must be a JSON object.");
        bool described = !exception.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal);
        if (described) return WorkerError.Invalid(path, $"{path}: {problem}");
        return WorkerError.Invalid(path, $"{path} must be {Wanted(type, path)}.");
    }

    private static string Wanted(Type type, string path)
    {
        JsonTypeInfo info = OpenAiJson.Options.GetTypeInfo(type);
        JsonPropertyInfo? property = info.Properties.FirstOrDefault(property => property.Name == path);
        Type? wanted = property is null ? null : Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (wanted is null) return "of the type the interface documents";
        if (wanted == typeof(int)) return "a 32-bit integer";
        if (wanted == typeof(long)) return "a 64-bit integer";
        if (wanted == typeof(float)) return "a number";
        if (wanted == typeof(bool)) return "true or false";
        if (wanted == typeof(string)) return "a string";
        return wanted.Name.StartsWith("IReadOnlyList", StringComparison.Ordinal) ? "a list" : "an object";
    }

    private static string WithoutPath(string message)
    {
        int path = message.IndexOf(" Path: ", StringComparison.Ordinal);
        return path < 0 ? message : message[..path];
    }
}
