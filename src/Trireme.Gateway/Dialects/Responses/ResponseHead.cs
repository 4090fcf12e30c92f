using System.Buffers;
using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>What a response says of itself beside its output: its id, and the request's fields as it was made with them.</summary>
internal sealed class ResponseHead
{
    private readonly byte[] _beginning;
    private readonly byte[] _fields;

    private ResponseHead(string key, DateTimeOffset created, byte[] beginning, byte[] fields)
    {
        Key = key;
        Created = created;
        _beginning = beginning;
        _fields = fields;
    }

    /// <summary>What all ids of the response share.</summary>
    public string Key { get; }

    public string Id => ResponseIds.OfResponse(Key);

    public DateTimeOffset Created { get; }

    public static ResponseHead Of(JsonSlice body, ResponseFields fields, string model, DateTimeOffset created)
    {
        string key = ResponseIds.NewKey();
        using var text = new PooledBuffer();
        text.Write("\"id\":"u8);
        text.OwnText(ResponseIds.OfResponse(key));
        text.Write(",\"object\":\"response\",\"created_at\":"u8);
        text.Number(created.ToUnixTimeSeconds());
        text.Write(",\"background\":false,\"model\":"u8);
        text.Write(JsonSerializer.SerializeToUtf8Bytes(model, OpenAiJson.Options));
        byte[] beginning = text.Span.ToArray();
        text.Clear();
        WriteFields(body, fields, text);
        return new ResponseHead(key, created, beginning, text.Span.ToArray());
    }

    /// <summary>Id, model and the like; other members follow.</summary>
    public void WriteBeginning(IBufferWriter<byte> output)
    {
        output.Write("{"u8);
        output.Write(_beginning);
    }

    /// <summary>How it is, and the request's fields; the object ends with it.</summary>
    /// <param name="usage">Tokens; null while they are not known.</param>
    /// <param name="isKept">Whether it can be asked for later.</param>
    /// <param name="output">Where the response is written.</param>
    public void WriteEnd(TokenUsage? usage, bool isKept, IBufferWriter<byte> output)
    {
        output.Write(",\"store\":"u8);
        output.Write(isKept ? "true"u8 : "false"u8);
        output.Write(_fields);
        output.Write(",\"usage\":"u8);
        WriteUsage(usage, output);
        output.Write("}"u8);
    }

    /// <summary>The member "error".</summary>
    public static void WriteError(GatewayError? error, IBufferWriter<byte> output)
    {
        output.Write(",\"error\":"u8);
        if (error is null)
        {
            output.Write("null"u8);
            return;
        }

        output.Write("{\"code\":"u8);
        output.OwnText(error.Code);
        output.Write(",\"message\":"u8);
        output.OwnText(error.Message);
        output.Write("}"u8);
    }

    private static void WriteUsage(TokenUsage? usage, IBufferWriter<byte> output)
    {
        if (usage is not { } tokens)
        {
            output.Write("null"u8);
            return;
        }

        output.Write("{\"input_tokens\":"u8);
        output.Number(tokens.Prompt);
        output.Write(",\"input_tokens_details\":{\"cached_tokens\":"u8);
        output.Number(tokens.CachedPrompt);
        output.Write("},\"output_tokens\":"u8);
        output.Number(tokens.Generated);
        output.Write(",\"output_tokens_details\":{\"reasoning_tokens\":"u8);
        output.Number(tokens.Reasoning);
        output.Write("},\"total_tokens\":"u8);
        output.Number(tokens.Prompt + tokens.Generated);
        output.Write("}"u8);
    }

    private static void WriteFields(JsonSlice body, ResponseFields fields, PooledBuffer output)
    {
        Write(",\"instructions\":"u8, fields.Instructions, "null"u8, output);
        Write(",\"max_output_tokens\":"u8, fields.MaxOutputTokens, "null"u8, output);
        Write(",\"max_tool_calls\":"u8, fields.MaxToolCalls, "null"u8, output);
        Write(",\"metadata\":"u8, fields.Metadata, "{}"u8, output);
        Write(",\"parallel_tool_calls\":"u8, body["parallel_tool_calls"u8], "true"u8, output);
        Write(",\"previous_response_id\":"u8, fields.Previous, "null"u8, output);
        Write(",\"reasoning\":"u8, fields.Reasoning, "{\"effort\":null,\"summary\":null}"u8, output);
        Write(",\"service_tier\":"u8, default, "\"default\""u8, output);
        Write(",\"temperature\":"u8, body["temperature"u8], "null"u8, output);
        Write(",\"text\":"u8, fields.Text, "{\"format\":{\"type\":\"text\"}}"u8, output);
        Write(",\"tool_choice\":"u8, fields.ToolChoice, "\"auto\""u8, output);
        Write(",\"tools\":"u8, fields.Tools, "[]"u8, output);
        Write(",\"top_logprobs\":"u8, fields.TopLogprobs, "0"u8, output);
        Write(",\"top_p\":"u8, body["top_p"u8], "null"u8, output);
        Write(",\"truncation\":"u8, fields.Truncation, "\"disabled\""u8, output);
        Write(",\"user\":"u8, body["user"u8], "null"u8, output);
    }

    private static void Write(ReadOnlySpan<byte> name, JsonSlice value, ReadOnlySpan<byte> otherwise, PooledBuffer output)
    {
        output.Write(name);
        if (value.IsNull) output.Write(otherwise);
        else output.Compact(value);
    }
}
