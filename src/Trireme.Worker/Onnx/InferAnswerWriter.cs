using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Worker.Http;

namespace Trireme.Worker.Onnx;

/// <summary>Writes the answer to an inference request: a JSON object, and behind it the outputs that are wanted as bytes.</summary>
internal static class InferAnswerWriter
{
    public const string HeaderLength = "Inference-Header-Content-Length";

    /// <summary>Null once written; an error when an output cannot be said in JSON.</summary>
    public static async Task<WorkerError?> WriteAsync(
        HttpContext context, string model, InferRequest request, IReadOnlyList<Tensor> outputs)
    {
        for (int i = 0; i < outputs.Count; i++)
        {
            if (request.Outputs[i].IsBinary || TensorJson.FindUnwritable(outputs[i]) is not { } value) continue;
            return new WorkerError
            {
                Status = StatusCodes.Status500InternalServerError,
                Message = $"The output '{outputs[i].Name}' holds {value}, which JSON cannot say. Ask for it with parameters.binary_data.",
                Type = OpenAiErrorTypes.Server,
            };
        }

        byte[]?[] binaries = [.. outputs.Select((output, i) => request.Outputs[i].IsBinary ? TensorBinary.Write(output) : null)];
        using var header = new MemoryStream();
        await using (var json = new Utf8JsonWriter(header, EventStream.JsonOptions)) WriteHeader(json, model, request, outputs, binaries);
        HttpResponse response = context.Response;
        long binaryLength = binaries.Sum(static binary => binary?.LongLength ?? 0);
        bool isBinary = Array.Exists(binaries, static binary => binary is not null);
        response.ContentType = isBinary ? "application/octet-stream" : "application/json";
        response.ContentLength = header.Length + binaryLength;
        if (isBinary) response.Headers[HeaderLength] = header.Length.ToString(CultureInfo.InvariantCulture);
        await response.Body.WriteAsync(header.GetBuffer().AsMemory(0, (int)header.Length), context.RequestAborted);
        foreach (byte[]? binary in binaries)
        {
            if (binary is not null) await response.Body.WriteAsync(binary, context.RequestAborted);
        }

        return null;
    }

    private static void WriteHeader(
        Utf8JsonWriter json, string model, InferRequest request, IReadOnlyList<Tensor> outputs, byte[]?[] binaries)
    {
        json.WriteStartObject();
        json.WriteString("model_name"u8, model);
        json.WriteString("model_version"u8, OnnxModel.Version);
        if (request.Id is { } id) json.WriteString("id"u8, id);
        json.WriteStartArray("outputs"u8);
        for (int i = 0; i < outputs.Count; i++) WriteOutput(json, outputs[i], binaries[i]);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteOutput(Utf8JsonWriter json, Tensor output, byte[]? binary)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, output.Name);
        json.WriteString("datatype"u8, output.Type.NameOf());
        json.WriteStartArray("shape"u8);
        foreach (long size in output.Shape) json.WriteNumberValue(size);
        json.WriteEndArray();
        if (output.Labels is not null || binary is not null)
        {
            json.WriteStartObject("parameters"u8);
            if (output.Labels is { } labels) json.WriteString("labels"u8, labels);
            if (binary is not null) json.WriteNumber("binary_data_size"u8, binary.Length);
            json.WriteEndObject();
        }

        if (binary is null) TensorJson.Write(json, output);
        json.WriteEndObject();
    }
}
