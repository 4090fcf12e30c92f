using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;
using Trireme.Contracts.OpenAi;

namespace Trireme.Gateway.Surface;

/// <summary>A refusal or failure as clients see it.</summary>
internal sealed record GatewayError(int Status, string Code, string Message, string? Param = null)
{
    /// <summary>When the client may come back.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>False tells OpenAI's clients not to repeat what the gateway has repeated already.</summary>
    public bool ClientMayRetry { get; init; } = true;

    /// <summary>OpenAI's type of the error.</summary>
    public string Type { get => field ?? (Status < 500 ? OpenAiErrorTypes.InvalidRequest : OpenAiErrorTypes.Server); init; }

    private string AnthropicType => Status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 or 504 => "timeout_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 or 529 => "overloaded_error",
        < 500 => "invalid_request_error",
        _ => "api_error",
    };

    /// <summary>Answers with the error; returns the length of the body.</summary>
    public async Task<int> WriteAsync(HttpContext context, ApiDialect dialect)
    {
        HttpResponse response = context.Response;
        response.StatusCode = Status;
        response.ContentType = "application/json";
        if (RetryAfter is { } wait) response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (!ClientMayRetry) response.Headers[TriremeHeaders.ShouldRetry] = "false";
        byte[] body = ToJson(dialect, response.Headers[TriremeHeaders.RequestId] is [{ } id] ? id : null);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted);
        return body.Length;
    }

    /// <summary>The error as the last event of a stream.</summary>
    public byte[] ToEvent(ApiDialect dialect) => [.. "data: "u8, .. ToJson(dialect), .. "\n\n"u8];

    /// <summary>The error as a document.</summary>
    /// <param name="dialect">Whose form it has.</param>
    /// <param name="requestId">The request's id, for the dialects that name it.</param>
    public byte[] ToJson(ApiDialect dialect, string? requestId = null) => dialect switch
    {
        ApiDialect.OpenAi => ToOpenAi(),
        ApiDialect.Anthropic => JsonSerializer.SerializeToUtf8Bytes(
            new { Type = "error", Error = new { Type = AnthropicType, Message }, RequestId = requestId }, OpenAiJson.Options),
        _ => JsonSerializer.SerializeToUtf8Bytes(new { error = Message }, OpenAiJson.Options),
    };

    /// <summary>
    /// {"error":{"message","type","param","code"}}: all four are always there, because clients read them without asking.
    /// </summary>
    private byte[] ToOpenAi()
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
