using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Requests;

/// <summary>Reads request bodies: bounded, JSON or YAML, and without two values for one key.</summary>
internal static class RequestContent
{
    /// <summary>Kubernetes' own limit for objects.</summary>
    public const int MaxBytes = 3 * 1024 * 1024;

    /// <summary>Deepest nesting of objects and lists, in JSON as in YAML.</summary>
    public const int MaxDepth = YamlJson.MaxDepth;

    public const string Json = "application/json";
    public const string Yaml = "application/yaml";
    public const string Text = "text/plain";

    /// <summary>Media type without parameters, in lower case; JSON where the client sent none.</summary>
    public static string MediaType(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) && type.MediaType.HasValue
            ? type.MediaType.Value.ToLowerInvariant()
            : string.IsNullOrEmpty(request.ContentType) ? Json : request.ContentType;

    public static async Task<Outcome<byte[]>> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxBytes) return StatusErrors.TooLarge(MaxBytes);
        return request.ContentLength is { } length ? await ReadExactAsync(request, (int)length) : await ReadToEndAsync(request);
    }

    private static async Task<Outcome<byte[]>> ReadExactAsync(HttpRequest request, int length)
    {
        var body = new byte[length];
        // The server gives no more than was announced, and fails the request that ends before.
        await request.Body.ReadExactlyAsync(body, request.HttpContext.RequestAborted);
        return body;
    }

    private static async Task<Outcome<byte[]>> ReadToEndAsync(HttpRequest request)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        while (true)
        {
            int read = await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted);
            if (read == 0) return buffer.ToArray();
            if (buffer.Length + read > MaxBytes) return StatusErrors.TooLarge(MaxBytes);
            buffer.Write(chunk, 0, read);
        }
    }

    /// <summary>Reads an object in JSON, YAML or protobuf.</summary>
    public static async Task<Outcome<JsonObject>> ReadObjectAsync(HttpRequest request, FieldValidation validation) =>
        (await ReceiveAsync(request, validation)).Failed(out StatusError? error, out ReceivedObject? received) ? error : received.Take();

    /// <summary>Reads an object that may be needed more than once.</summary>
    public static async Task<Outcome<ReceivedObject>> ReceiveAsync(HttpRequest request, FieldValidation validation)
    {
        string mediaType = MediaType(request);
        bool yaml = mediaType is Yaml or "application/x-yaml" or "text/yaml";
        bool protobuf = mediaType == ProtobufReader.ContentType;
        if (!yaml && !protobuf && mediaType != Json)
        {
            return StatusErrors.UnsupportedMediaType(mediaType, Json, Yaml, ProtobufReader.ContentType);
        }

        if ((await ReadAsync(request)).Failed(out StatusError? error, out byte[]? body)) return error;
        Action<string> repeated = OnRepeatedKey(request, validation);
        Func<Outcome<JsonObject>> parse = protobuf ? () => ParseProtobuf(body) : () => ParseObject(body, yaml, repeated);
        return parse().Failed(out error, out JsonObject? parsed) ? error : new ReceivedObject(parsed, parse);
    }

    /// <summary>What becomes of a key that stands twice in one object.</summary>
    public static Action<string> OnRepeatedKey(HttpRequest request, FieldValidation validation) => validation switch
    {
        FieldValidation.Strict => path => RepeatedFields.Note(request.HttpContext, path),
        FieldValidation.Warn => path => Warnings.Add(request.HttpContext.Response, $"duplicate field \"{path}\""),
        _ => static _ => { },
    };

    public static Outcome<JsonObject> ParseObject(byte[] body, bool yaml, Action<string>? repeated = null)
    {
        if (Parse(body, yaml, repeated).Failed(out StatusError? error, out JsonNode? node)) return error;
        return node is JsonObject document ? document : StatusErrors.BadRequest("the body must be one object");
    }

    public static Outcome<JsonNode> Parse(byte[] body, bool yaml, Action<string>? repeated = null)
    {
        try
        {
            JsonNode? node = yaml && !LooksLikeJson(body) ? OneYamlDocument(body, repeated) : StrictJson.Parse(body, repeated);
            return node is null ? StatusErrors.BadRequest("the body must not be empty") : node;
        }
        catch (FormatException exception)
        {
            return StatusErrors.BadRequest(exception.Message);
        }
    }

    private static JsonNode? OneYamlDocument(byte[] body, Action<string>? repeated)
    {
        IReadOnlyList<JsonNode> documents;
        try
        {
            documents = YamlJson.Parse(Encoding.UTF8.GetString(body), repeated: repeated);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"the body could not be read: {exception.Message}", exception);
        }

        return documents.Count > 1
            ? throw new FormatException("the body could not be read: it must hold one YAML document")
            : documents.SingleOrDefault();
    }

    public static Outcome<JsonObject> ParseProtobuf(byte[] body)
    {
        try
        {
            return ProtobufReader.Parse(body);
        }
        catch (FormatException exception)
        {
            return StatusErrors.BadRequest($"the body could not be read: {exception.Message}");
        }
    }

    // Clients send JSON under YAML's name, since JSON is YAML; the JSON reader is stricter and much faster.
    private static bool LooksLikeJson(byte[] body) => body.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];
}
