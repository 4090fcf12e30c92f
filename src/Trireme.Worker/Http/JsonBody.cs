using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Http;

/// <summary>A body that was read, or why it could not be.</summary>
internal readonly record struct JsonBody<T>(T? Value, WorkerError? Error)
    where T : class;

/// <summary>Reads JSON bodies and says which field is wrong.</summary>
internal static class JsonBody
{
    /// <param name="context">The request.</param>
    /// <param name="vocabularySize">Tokens of the model that reads token ids in it; zero where it holds none.</param>
    public static async Task<JsonBody<T>> ReadAsync<T>(HttpContext context, int vocabularySize = 0)
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

        if (RequestBody.FindEncodingProblem(context.Request) is { } encoded) return new JsonBody<T>(null, encoded);
        using RequestBody body = await RequestBody.ReadAsync(context);
        return Read<T>(context, body.Text, vocabularySize);
    }

    private static JsonBody<T> Read<T>(HttpContext context, ReadOnlySpan<byte> text, int vocabularySize)
        where T : class
    {
        WorkerError? problem = JsonText.FindProblem(text, null, out int values)
            ?? context.Features.GetRequiredFeature<AdmittedBody>().TryTake(values);
        if (problem is not null) return new JsonBody<T>(null, problem);
        try
        {
            T? value = JsonSerializer.Deserialize<T>(text, OpenAiJson.Options);
            return value is null
                ? new JsonBody<T>(null, WorkerError.Invalid(null, "The body must be a JSON object, not null."))
                : new JsonBody<T>(value, null);
        }
        catch (TokenIdException exception)
        {
            return new JsonBody<T>(null, WorkerError.UnknownToken(PathOf(exception) + exception.Place, exception.Id, vocabularySize));
        }
        catch (JsonException exception)
        {
            return new JsonBody<T>(null, Describe(exception, typeof(T)));
        }
    }

    /// <summary>Which value does not fit its field.</summary>
    private static WorkerError Describe(JsonException exception, Type type)
    {
        string path = PathOf(exception);
        if (path.Length == 0) return WorkerError.Invalid(null, "The body must be a JSON object.");
        bool described = !exception.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal);
        return WorkerError.Invalid(path, described
            ? $"{path}: {JsonText.WithoutPlace(exception.Message)}"
            : $"{path} must be {Wanted(TypeAt(type, path))}.");
    }

    private static string PathOf(JsonException exception) => (exception.Path ?? "").TrimStart('$').TrimStart('.');

    /// <summary>The type of the value that a path such as messages[0].role leads to; null where it leads nowhere known.</summary>
    private static Type? TypeAt(Type type, string path)
    {
        Type? current = type;
        foreach (string part in path.Split('.'))
        {
            int bracket = part.IndexOf('[', StringComparison.Ordinal);
            string name = bracket < 0 ? part : part[..bracket];
            JsonTypeInfo info = OpenAiJson.Options.GetTypeInfo(current);
            Type? found = info.Kind == JsonTypeInfoKind.Dictionary
                ? info.ElementType
                : info.Properties.FirstOrDefault(property => property.Name == name)?.PropertyType;
            for (int i = part.Count(static letter => letter == '['); i > 0 && found is not null; i--)
            {
                found = OpenAiJson.Options.GetTypeInfo(found).ElementType;
            }

            if (found is null) return null;
            current = Nullable.GetUnderlyingType(found) ?? found;
        }

        return current;
    }

    private static string Wanted(Type? wanted)
    {
        if (wanted is null) return "of the type the interface documents";
        if (wanted == typeof(int)) return "a 32-bit integer";
        if (wanted == typeof(long)) return "a 64-bit integer";
        if (wanted == typeof(float)) return "a number";
        if (wanted == typeof(bool)) return "true or false";
        if (wanted == typeof(string)) return "a string";
        return OpenAiJson.Options.GetTypeInfo(wanted).Kind == JsonTypeInfoKind.Enumerable ? "a list" : "an object";
    }
}
