using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Trireme.Contracts.OpenAi;

namespace Trireme.Gateway.Requests;

/// <summary>A refusal or failure as clients see it.</summary>
internal sealed record ApiError(int Status, string Code, string Message, string? Param = null)
{
    /// <summary>When the client may come back.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>False tells OpenAI's clients not to repeat what the gateway has repeated already.</summary>
    public bool ClientMayRetry { get; init; } = true;

    private string Type => Status < 500 ? OpenAiErrorTypes.InvalidRequest : OpenAiErrorTypes.Server;

    public async Task WriteAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.StatusCode = Status;
        response.ContentType = "application/json";
        if (RetryAfter is { } wait) response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (!ClientMayRetry) response.Headers["x-should-retry"] = new StringValues("false");
        // The Open Inference Protocol has errors of its own shape.
        bool isInference = context.Request.Path.StartsWithSegments("/v2", StringComparison.Ordinal);
        byte[] body = isInference ? JsonSerializer.SerializeToUtf8Bytes(new { error = Message }, OpenAiJson.Options) : ToJson();
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>
    /// {"error":{"message","type","param","code"}}: all four are always there, because clients read them without asking.
    /// </summary>
    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = OpenAiJson.Options.Encoder }))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("error"u8);
            writer.WriteString("message"u8, Message);
            writer.WriteString("type"u8, Type);
            writer.WriteString("param"u8, Param);
            writer.WriteString("code"u8, Code);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
