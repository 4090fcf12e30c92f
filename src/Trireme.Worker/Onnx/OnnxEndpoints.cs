using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Trireme.Contracts.OpenAi;
using Trireme.Worker.Answers;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Onnx;

/// <summary>The routes of the Open Inference Protocol, version 2, over HTTP.</summary>
internal sealed class OnnxEndpoints(WorkerIdentity identity, WorkerLifecycle lifecycle, OnnxMetrics metrics, TimeProvider time)
{
    /// <summary>Triton's name for what runs here.</summary>
    private const string Platform = "onnxruntime_onnx";

    public static Task ServerAsync(HttpContext context) =>
        WriteAsync(context, new ServerMetadata("trireme", WorkerIdentity.Version, ["binary_tensor_data"]));

    /// <summary>An answer shows that the process lives.</summary>
    public static Task LiveAsync(HttpContext context) => WriteAsync(context, new Live(true));

    public Task ReadyAsync(HttpContext context)
    {
        bool ready = lifecycle.State == WorkerState.Ready;
        context.Response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return WriteAsync(context, new Ready(ready));
    }

    public async Task<WorkerError?> ModelReadyAsync(HttpContext context, OnnxServedModel model)
    {
        if (FindModelProblem(context) is { } problem) return problem;
        await WriteAsync(context, new ModelReady(identity.ModelName, true));
        return null;
    }

    public async Task<WorkerError?> DescribeAsync(HttpContext context, OnnxServedModel model)
    {
        if (FindModelProblem(context) is { } problem) return problem;
        ModelSignature signature = model.Model.Signature;
        await WriteAsync(
            context,
            new ModelMetadata(identity.ModelName, [OnnxModel.Version], Platform, Describe(signature.Inputs), Describe(signature.Outputs)));
        return null;

        static IReadOnlyList<TensorMetadata> Describe(IReadOnlyList<TensorSpec> specs) =>
            [.. specs.Select(static spec => new TensorMetadata(spec.Name, spec.Type.NameOf(), spec.Shape))];
    }

    public async Task<WorkerError?> InferAsync(HttpContext context, OnnxServedModel model)
    {
        if (FindModelProblem(context) is { } problem) return problem;
        long arrivedAt = time.GetTimestamp();
        WorkerError? error = await AnswerAsync(context, model, arrivedAt);
        // A request that came before its time or one too many is no failure of the model.
        if (error is null or { Status: not StatusCodes.Status503ServiceUnavailable })
        {
            metrics.Answered(time.GetElapsedTime(arrivedAt), error is null);
        }

        return error;
    }

    private async Task<WorkerError?> AnswerAsync(HttpContext context, OnnxServedModel model, long arrivedAt)
    {
        if ((FindTypeProblem(context.Request) ?? RequestBody.FindEncodingProblem(context.Request)) is { } type) return type;
        byte[] body = await ReadBodyAsync(context);
        int jsonLength = ReadHeaderLength(context.Request, body.Length, out WorkerError? error);
        if (error is not null) return error;
        InferRequest? request = InferRequestReader.TryRead(
            model.Model.Signature, body.AsMemory(0, jsonLength), body.AsMemory(jsonLength), out error);
        if (request is null) return error;
        QueueTurn turn = QueueTurn.Read(context, time, arrivedAt, asked: null, out error);
        if (error is not null) return error;
        InferOutcome outcome = await model.Queue.ComputeAsync(request, turn.Deadline, context.RequestAborted);
        return outcome.Outputs is { } outputs
            ? await InferAnswerWriter.WriteAsync(context, identity.ModelName, request, outputs)
            : outcome.Error;
    }

    /// <summary>A browser sends neither JSON nor this header across origins without asking.</summary>
    private static WorkerError? FindTypeProblem(HttpRequest request) =>
        request.HasJsonContentType() || request.Headers.ContainsKey(InferAnswerWriter.HeaderLength)
            ? null
            : new WorkerError
            {
                Status = StatusCodes.Status415UnsupportedMediaType,
                Message = $"Send JSON with 'Content-Type: application/json', or binary tensors with {InferAnswerWriter.HeaderLength}.",
                Code = OpenAiErrorCodes.UnsupportedMediaType,
            };

    /// <summary>The length of the JSON object at the body's beginning.</summary>
    private static int ReadHeaderLength(HttpRequest request, int bodyLength, out WorkerError? error)
    {
        error = null;
        string? text = request.Headers[InferAnswerWriter.HeaderLength];
        if (text is null) return bodyLength;
        bool isLength = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length <= bodyLength;
        if (isLength) return length;
        error = WorkerError.Invalid(
            InferAnswerWriter.HeaderLength,
            $"The header {InferAnswerWriter.HeaderLength} is '{text}'; it must be the length of the JSON in a body of {bodyLength} bytes.");
        return 0;
    }

    private static async Task<byte[]> ReadBodyAsync(HttpContext context)
    {
        // The length is the client's word and bounded by the server's limit only as bytes come.
        const int TrustedBytes = 1 << 20;
        using var buffer = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 0, TrustedBytes));
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return buffer.ToArray();
    }

    private WorkerError? FindModelProblem(HttpContext context)
    {
        string asked = context.GetRouteValue("model") as string ?? "";
        if (asked != identity.ModelName) return WorkerError.ModelNotFound(asked, identity.ModelName);
        string version = context.GetRouteValue("version") as string ?? OnnxModel.Version;
        return version == OnnxModel.Version
            ? null
            : new WorkerError
            {
                Status = StatusCodes.Status404NotFound,
                Message = $"The model '{asked}' has no version '{version}' here; it has version {OnnxModel.Version}.",
                Code = OpenAiErrorCodes.ModelNotFound,
            };
    }

    private static Task WriteAsync<T>(HttpContext context, T value) =>
        context.Response.WriteAsJsonAsync(value, OpenAiJson.Options, context.RequestAborted);

    private sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);

    private sealed record Live([property: JsonPropertyName("live")] bool IsLive);

    private sealed record Ready([property: JsonPropertyName("ready")] bool IsReady);

    private sealed record ModelReady(string Name, [property: JsonPropertyName("ready")] bool IsReady);

    private sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<long> Shape);

    private sealed record ModelMetadata(
        string Name,
        IReadOnlyList<string> Versions,
        string Platform,
        IReadOnlyList<TensorMetadata> Inputs,
        IReadOnlyList<TensorMetadata> Outputs);
}
