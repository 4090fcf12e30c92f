using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Http;

/// <summary>
/// vLLM's POST /v1/load_lora_adapter and POST /v1/unload_lora_adapter; for the platform, not for clients, because a path is one on this
/// machine. Only in a worker that was started with adapters.
/// </summary>
internal static class AdapterEndpoints
{
    /// <summary>Answers once requests may name the adapter as their model.</summary>
    public static async Task<WorkerError?> LoadAsync(HttpContext context, ServedModel model)
    {
        if (model.Engine.Adapters is not { } adapters) return Off();
        JsonBody<LoadLoraAdapterRequest> body = await JsonBody.ReadAsync<LoadLoraAdapterRequest>(context);
        if (body.Value is not { } request) return body.Error;
        if (request.LoraName is not { Length: > 0 } name) return WorkerError.Invalid("lora_name", "lora_name must be the adapter's name.");
        if (request.LoraPath is not { Length: > 0 } path)
        {
            return WorkerError.Invalid("lora_path", "lora_path must be the adapter's folder.");
        }

        AdapterResult result = await adapters.LoadAsync(name, path, request.LoadInplace ?? false, context.RequestAborted);
        return await AnswerAsync(context, result, $"Success: LoRA adapter '{name}' added successfully.");
    }

    /// <summary>Answers once the last request that uses the adapter has ended and its memory is given back.</summary>
    public static async Task<WorkerError?> UnloadAsync(HttpContext context, ServedModel model)
    {
        if (model.Engine.Adapters is not { } adapters) return Off();
        JsonBody<UnloadLoraAdapterRequest> body = await JsonBody.ReadAsync<UnloadLoraAdapterRequest>(context);
        if (body.Value is not { } request) return body.Error;
        if (request.LoraName is not { Length: > 0 } name) return WorkerError.Invalid("lora_name", "lora_name must be the adapter's name.");
        AdapterResult result = await adapters.UnloadAsync(name, context.RequestAborted);
        return await AnswerAsync(context, result, $"Success: LoRA adapter '{name}' removed successfully.");
    }

    private static async Task<WorkerError?> AnswerAsync(HttpContext context, AdapterResult result, string success)
    {
        string message = result.Message ?? "";
        switch (result.Error)
        {
            case null:
                await context.Response.WriteAsync(success, context.RequestAborted);
                return null;
            case AdapterError.NotFound:
                return WorkerError.UnknownModel(message) with { Param = "lora_name" };
            case AdapterError.Asleep:
                return WorkerError.Asleep(message);
            case AdapterError.MissingFiles:
                return WorkerError.UnknownModel(message) with { Param = "lora_path" };
            case AdapterError.InvalidFiles:
                return WorkerError.Invalid("lora_path", message);
            case AdapterError.InvalidName or AdapterError.NameTaken:
                return WorkerError.Invalid("lora_name", message);
            default:
                return WorkerError.Invalid(null, message);
        }
    }

    private static WorkerError Off() => new()
    {
        Status = StatusCodes.Status404NotFound,
        Message = "This worker takes no adapters; start it with --enable-lora.",
    };
}
