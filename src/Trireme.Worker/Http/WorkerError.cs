using System.Globalization;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Http;

/// <summary>A refusal or failure as clients see it, in OpenAI's shape.</summary>
internal sealed record WorkerError
{
    public required int Status { get; init; }

    public required string Message { get; init; }

    public string Type { get; init; } = OpenAiErrorTypes.InvalidRequest;

    public string? Code { get; init; }

    /// <summary>The field at fault.</summary>
    public string? Param { get; init; }

    /// <summary>Seconds; asks the client to come back.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Asks the client to come back over another connection.</summary>
    public bool CloseConnection { get; init; }

    /// <summary>False tells gateway and client that the request would do to another replica what it did to this one.</summary>
    public bool MayBeSentAgain { get; init; } = true;

    public OpenAiErrorBody Body => new() { Error = new OpenAiError { Message = Message, Type = Type, Param = Param, Code = Code } };

    public static WorkerError Invalid(string? param, string message, string? code = null) =>
        new() { Status = StatusCodes.Status400BadRequest, Message = message, Param = param, Code = code };

    public static WorkerError UnknownToken(string place, string id, int vocabularySize) =>
        Invalid(place, TokenIds.Refusal(place, id, vocabularySize));

    public static WorkerError ModelNotFound(string asked, string served) =>
        UnknownModel($"The model '{asked}' does not exist here; this worker serves '{served}'.");

    public static WorkerError UnknownModel(string message) => new()
    {
        Status = StatusCodes.Status404NotFound,
        Message = message,
        Param = "model",
        Code = OpenAiErrorCodes.ModelNotFound,
    };

    public static WorkerError Overloaded(string message) => new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Message = message,
        Type = OpenAiErrorTypes.Server,
        Code = OpenAiErrorCodes.Overloaded,
        RetryAfter = 1,
    };

    public static WorkerError OutOfMemory() => new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Message = "The request takes more memory than this replica has left; send a smaller one.",
        Type = OpenAiErrorTypes.Server,
        Code = OpenAiErrorCodes.OutOfMemory,
        MayBeSentAgain = false,
    };

    public static WorkerError Expired(string message) => Overloaded(message) with { Code = OpenAiErrorCodes.Expired };

    public static WorkerError Asleep(string message) => Overloaded(message) with { Code = OpenAiErrorCodes.Asleep };

    public static WorkerError EngineFailed(int status, string? message) => new()
    {
        Status = status,
        Message = message ?? "The engine failed.",
        Type = OpenAiErrorTypes.Server,
        Code = OpenAiErrorCodes.EngineFailed,
    };

    /// <summary>Why a worker in this state takes no request.</summary>
    public static WorkerError NotServing(WorkerState state, string? failure) => state switch
    {
        WorkerState.Loading => new WorkerError
        {
            Status = StatusCodes.Status503ServiceUnavailable,
            Message = "The model is being loaded; GET /health says when it is ready.",
            Type = OpenAiErrorTypes.Server,
            Code = OpenAiErrorCodes.Loading,
            RetryAfter = 1,
        },
        WorkerState.Failed => EngineFailed(StatusCodes.Status503ServiceUnavailable, failure) with { CloseConnection = true },
        _ => new WorkerError
        {
            Status = StatusCodes.Status503ServiceUnavailable,
            Message = "This replica stops and takes no new requests; send the request to another one.",
            Type = OpenAiErrorTypes.Server,
            Code = OpenAiErrorCodes.Draining,
            RetryAfter = 0,
            CloseConnection = true,
        },
    };

    public Task WriteAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.StatusCode = Status;
        if (RetryAfter is { } seconds) response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (!MayBeSentAgain) response.Headers[TriremeHeaders.ShouldRetry] = "false";
        if (CloseConnection) response.Headers.Connection = "close";
        // The Open Inference Protocol and Ollama have errors of another shape.
        bool isText = context.Request.Path.StartsWithSegments("/v2", StringComparison.Ordinal)
            || context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal);
        return isText
            ? response.WriteAsJsonAsync(new InferenceErrorBody(Message), OpenAiJson.Options, context.RequestAborted)
            : response.WriteAsJsonAsync(Body, OpenAiJson.Options, context.RequestAborted);
    }

    private sealed record InferenceErrorBody(string Error);
}
