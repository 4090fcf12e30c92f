using System.Buffers;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>Writes a request for a response as one for a chat completion, or for the tokens that its prompt has.</summary>
internal static class ResponseRequest
{
    private static readonly byte[] LogprobsIncluded = "message.output_text.logprobs"u8.ToArray();

    /// <summary>What may be asked for beside the response. All but log-probabilities tell of tools that are not here.</summary>
    private static readonly byte[][] Inclusions =
    [
        LogprobsIncluded, "reasoning.encrypted_content"u8.ToArray(), "message.input_image.image_url"u8.ToArray(),
        "file_search_call.results"u8.ToArray(), "web_search_call.results"u8.ToArray(), "web_search_call.action.sources"u8.ToArray(),
        "computer_call_output.output.image_url"u8.ToArray(), "code_interpreter_call.outputs"u8.ToArray(),
    ];

    /// <summary>The body of POST /v1/chat/completions; null when it is written.</summary>
    public static GatewayError? WriteChat(
        JsonSlice body, ResponseFields fields, ResponseItems items, JsonSlice model, bool stream, IBufferWriter<byte> output)
    {
        if (WritePrompt(fields, items, model, output) is { } prompt) return prompt;
        if (!fields.ToolChoice.IsNull && ResponseTools.WriteChoice(fields.ToolChoice, output) is { } choice) return choice;
        if (WriteLength(fields.MaxOutputTokens, output) is { } length) return length;
        if (WriteFormat(fields.Text["format"u8], output) is { } format) return format;
        if (WriteLogprobs(fields, output) is { } logprobs) return logprobs;
        if (WriteTruncation(fields.Truncation, output) is { } truncation) return truncation;
        if (fields.Reasoning["effort"u8] is { IsNull: false } effort)
        {
            output.Write(",\"reasoning_effort\":"u8);
            output.Write(effort.Bytes);
        }

        foreach (JsonMember member in body.Members)
        {
            if (member.Value.IsNull || !ResponseFields.IsShared(member)) continue;
            output.Write(","u8);
            output.Write(member.QuotedName);
            output.Write(":"u8);
            output.Write(member.Value.Bytes);
        }

        // The counts as they go are what limits are held to.
        if (stream) output.Write(",\"stream\":true,\"stream_options\":{\"include_usage\":true,\"continuous_usage_stats\":true}"u8);
        output.Write("}"u8);
        return null;
    }

    /// <summary>The body of POST /tokenize; null when it is written.</summary>
    public static GatewayError? WriteTokens(ResponseFields fields, ResponseItems items, JsonSlice model, IBufferWriter<byte> output)
    {
        GatewayError? error = WritePrompt(fields, items, model, output);
        output.Write("}"u8);
        return error;
    }

    private static GatewayError? WritePrompt(ResponseFields fields, ResponseItems items, JsonSlice model, IBufferWriter<byte> output)
    {
        output.Write("{\"model\":"u8);
        output.Write(model.Bytes);
        output.Write(",\"messages\":["u8);
        if (ResponseInput.WriteMessages(fields, items, output) is { } error) return error;
        output.Write("]"u8);
        return fields.Tools.IsNull || fields.Tools.Bytes.SequenceEqual("[]"u8) ? null : ResponseTools.WriteTools(fields.Tools, output);
    }

    private static GatewayError? WriteLength(JsonSlice length, IBufferWriter<byte> output)
    {
        if (length.IsNull) return null;
        if (length.WholeNumber() is not >= 1) return GatewayErrors.WrongType("max_output_tokens", "a whole number of at least 1");
        output.Write(",\"max_tokens\":"u8);
        output.Write(length.Bytes);
        return null;
    }

    private static GatewayError? WriteFormat(JsonSlice format, IBufferWriter<byte> output)
    {
        JsonSlice type = format["type"u8];
        if (format.IsNull || type.Reads("text"u8)) return null;
        if (type.Reads("json_object"u8))
        {
            output.Write(",\"response_format\":{\"type\":\"json_object\"}"u8);
            return null;
        }

        if (!type.Reads("json_schema"u8))
        {
            return GatewayErrors.WrongType("text.format.type", "\"text\", \"json_object\" or \"json_schema\"");
        }

        if (format["name"u8].Text.IsEmpty) return GatewayErrors.Missing("text.format.name", "a schema has one");
        if (!format["schema"u8].IsObject) return GatewayErrors.WrongType("text.format.schema", "a JSON schema, an object");
        output.Write(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":"u8);
        output.Write(format["name"u8].Bytes);
        output.Write(",\"schema\":"u8);
        output.Write(format["schema"u8].Bytes);
        if (format["strict"u8] is { IsNull: false } strict)
        {
            output.Write(",\"strict\":"u8);
            output.Write(strict.Bytes);
        }

        output.Write("}}"u8);
        return null;
    }

    private static GatewayError? WriteLogprobs(ResponseFields fields, IBufferWriter<byte> output)
    {
        bool asks = false;
        int index = 0;
        foreach (JsonSlice included in fields.Include.Elements)
        {
            if (!IsKnown(included))
            {
                return GatewayErrors.Unsupported($"include[{index}]", $"there is no \"{included.Shown()}\" to include. Leave it out.");
            }

            asks |= included.Reads(LogprobsIncluded);
            index++;
        }

        if (!asks) return null;
        output.Write(",\"logprobs\":true,\"top_logprobs\":"u8);
        output.Write(fields.TopLogprobs.IsNull ? "0"u8 : fields.TopLogprobs.Bytes);
        return null;
    }

    private static bool IsKnown(JsonSlice included)
    {
        foreach (byte[] known in Inclusions)
        {
            if (included.Reads(known)) return true;
        }

        return false;
    }

    private static GatewayError? WriteTruncation(JsonSlice truncation, IBufferWriter<byte> output)
    {
        if (truncation.IsNull || truncation.Reads("disabled"u8)) return null;
        if (!truncation.Reads("auto"u8)) return GatewayErrors.WrongType("truncation", "\"auto\" or \"disabled\"");
        output.Write(",\"truncate_prompt_tokens\":-1"u8);
        return null;
    }
}
