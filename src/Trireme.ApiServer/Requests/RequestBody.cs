using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Requests;

/// <summary>Reads request bodies: bounded, JSON or YAML, and without two values for one key.</summary>
internal static class RequestBody
{
    /// <summary>Kubernetes' own limit for objects.</summary>
    public const int MaxBytes = 3 * 1024 * 1024;

    /// <summary>Deepest nesting of objects and lists, in JSON as in YAML.</summary>
    public const int MaxDepth = YamlJson.MaxDepth;

    public const string Json = "application/json";
    public const string Yaml = "application/yaml";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth };

    /// <summary>Media type without parameters, in lower case; JSON where the client sent none.</summary>
    public static string MediaType(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) && type.MediaType.HasValue
            ? type.MediaType.Value.ToLowerInvariant()
            : string.IsNullOrEmpty(request.ContentType) ? Json : request.ContentType;

    public static async Task<Outcome<byte[]>> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxBytes) return ApiErrors.TooLarge(MaxBytes);
        using var buffer = new MemoryStream((int)(request.ContentLength ?? 4096));
        var chunk = new byte[16 * 1024];
        while (true)
        {
            int read = await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted);
            if (read == 0) return buffer.ToArray();
            if (buffer.Length + read > MaxBytes) return ApiErrors.TooLarge(MaxBytes);
            buffer.Write(chunk, 0, read);
        }
    }

    /// <summary>Reads an object in JSON or YAML.</summary>
    public static async Task<Outcome<JsonObject>> ReadObjectAsync(HttpRequest request)
    {
        string mediaType = MediaType(request);
        bool yaml = mediaType is Yaml or "application/x-yaml" or "text/yaml";
        bool protobuf = mediaType == ProtobufReader.ContentType;
        if (!yaml && !protobuf && mediaType != Json)
        {
            return ApiErrors.UnsupportedMediaType(mediaType, Json, Yaml, ProtobufReader.ContentType);
        }

        if ((await ReadAsync(request)).Failed(out ApiError? error, out byte[]? body)) return error;
        return protobuf ? ParseProtobuf(body) : ParseObject(body, yaml);
    }

    public static Outcome<JsonObject> ParseObject(byte[] body, bool yaml)
    {
        if (Parse(body, yaml).Failed(out ApiError? error, out JsonNode? node)) return error;
        return node is JsonObject document ? document : ApiErrors.BadRequest("the body must be one object");
    }

    public static Outcome<JsonNode> Parse(byte[] body, bool yaml)
    {
        try
        {
            bool json = !yaml || LooksLikeJson(body);
            if (json && DuplicateKeys.Find(body) is { } path)
            {
                return ApiErrors.BadRequest($"strict decoding error: duplicate field \"{path}\"");
            }

            JsonNode? node = json ? JsonNode.Parse(body, documentOptions: Strict) : OneYamlDocument(body);
            return node is null ? ApiErrors.BadRequest("the body must not be empty") : node;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return ApiErrors.BadRequest($"the body could not be read: {exception.Message}");
        }
    }

    private static JsonNode? OneYamlDocument(byte[] body)
    {
        IReadOnlyList<JsonNode> documents = YamlJson.Parse(Encoding.UTF8.GetString(body));
        return documents.Count > 1 ? throw new FormatException("the body must hold one YAML document") : documents.SingleOrDefault();
    }

    private static Outcome<JsonObject> ParseProtobuf(byte[] body)
    {
        try
        {
            return ProtobufReader.Parse(body);
        }
        catch (FormatException exception)
        {
            return ApiErrors.BadRequest($"the body could not be read: {exception.Message}");
        }
    }

    // Clients send JSON under YAML's name, since JSON is YAML; the JSON reader is stricter and much faster.
    private static bool LooksLikeJson(byte[] body) => body.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];
}
