using System.Net;
using System.Text.Json;

namespace Trireme.Contracts.OpenAi;

/// <summary>A server refused a request, or a stream reported a failure.</summary>
public sealed class OpenAiException : Exception
{
    private const int MaxBodyCharacters = 64 * 1024;

    public OpenAiException(OpenAiError error, HttpStatusCode? status = null, Exception? innerException = null)
        : base(error.Message, innerException)
    {
        Error = error;
        Status = status;
    }

    public OpenAiError Error { get; }

    /// <summary>Null for a failure in the middle of a stream.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>Reads the error out of an answer that is no success, whatever its body looks like.</summary>
    public static async Task<OpenAiException> FromResponseAsync(HttpResponseMessage response, CancellationToken cancellationToken = default)
    {
        using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(stream);
        var buffer = new char[MaxBodyCharacters];
        int length = await reader.ReadBlockAsync(buffer, cancellationToken);
        string body = new(buffer, 0, length);
        OpenAiError error = Find(body) ?? new OpenAiError
        {
            Message = $"The server answered {(int)response.StatusCode} {response.ReasonPhrase}. {body[..Math.Min(length, 200)]}".TrimEnd(),
        };
        return new OpenAiException(error, response.StatusCode);
    }

    /// <summary>The error in a body or event: OpenAI's object, a bare string, or the flat body of older vLLM versions.</summary>
    internal static OpenAiError? Find(string body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return Find(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static OpenAiError? Find(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) return null;
        if (body.TryGetProperty("error", out JsonElement error))
        {
            if (error.ValueKind == JsonValueKind.Object) return Read(error);
            return error.ValueKind == JsonValueKind.String ? new OpenAiError { Message = error.GetString()! } : null;
        }

        return Text(body, "object") == "error" ? Read(body) : null;
    }

    private static OpenAiError Read(JsonElement error) => new()
    {
        Message = Text(error, "message") ?? "The server reported an error without a message.",
        Type = Text(error, "type"),
        Param = Text(error, "param"),
        Code = Text(error, "code"),
    };

    /// <summary>A string field; numbers are codes in some servers.</summary>
    private static string? Text(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out JsonElement value)) return null;
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
    }
}
