using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Http;

/// <summary>POST /sleep, POST /wake_up and GET /is_sleeping, as vLLM's with its sleep mode on; for the platform, not for clients.</summary>
internal static class SleepEndpoints
{
    /// <summary>
    /// Query: level 1, which keeps the weights and is the default, or 2, which drops them; mode abort, the default, or wait, which lets
    /// open requests end. Answers once the memory is given back.
    /// </summary>
    public static async Task<WorkerError?> SleepAsync(HttpContext context, ServedModel model)
    {
        if (FindForeignOrigin(context) is { } foreign) return foreign;
        IQueryCollection query = context.Request.Query;
        if (query.ContainsKey("tags")) return WorkerError.Invalid("tags", "tags are not supported here; use level.");
        SleepLevel? level = query.TryGetValue("level", out var wanted) ? ReadLevel(wanted) : SleepLevel.KeepWeights;
        if (level is null) return WorkerError.Invalid("level", "level must be 1, which keeps the weights, or 2, which drops them.");
        SleepMode? mode = query.TryGetValue("mode", out var chosen) ? ReadMode(chosen) : SleepMode.Abort;
        if (mode is null) return WorkerError.Invalid("mode", "mode must be abort, which ends open requests, or wait.");
        await model.Engine.SleepAsync(level.Value, mode.Value, context.RequestAborted);
        return null;
    }

    /// <summary>Answers once the engine serves again.</summary>
    public static async Task<WorkerError?> WakeAsync(HttpContext context, ServedModel model)
    {
        if (FindForeignOrigin(context) is { } foreign) return foreign;
        try
        {
            await model.Engine.WakeAsync(context.RequestAborted);
            return null;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Memory or files may be missing for a while only: the engine sleeps on and can be woken again.
            string message = $"The engine could not be woken and sleeps on: {exception.Message}";
            return WorkerError.Asleep(message);
        }
    }

    public static async Task<WorkerError?> StateAsync(HttpContext context, ServedModel model)
    {
        bool isSleeping = model.Engine.SleepLevel != SleepLevel.Awake;
        await context.Response.WriteAsJsonAsync(new SleepState(isSleeping), OpenAiJson.Options, context.RequestAborted);
        return null;
    }

    /// <summary>GET /is_paused: an engine that is not asleep goes on.</summary>
    public static Task PauseAsync(HttpContext context) =>
        context.Response.WriteAsJsonAsync(new PauseState(IsPaused: false), OpenAiJson.Options, context.RequestAborted);

    private static SleepLevel? ReadLevel(string? text) => text switch
    {
        "1" => SleepLevel.KeepWeights,
        "2" => SleepLevel.DropWeights,
        _ => null,
    };

    private static SleepMode? ReadMode(string? text) => text switch
    {
        "abort" => SleepMode.Abort,
        "wait" => SleepMode.Wait,
        _ => null,
    };

    /// <summary>These orders have no body whose type a browser would have to ask for, so any web page could give them.</summary>
    private static WorkerError? FindForeignOrigin(HttpContext context) => context.Request.Headers.Origin.Count == 0
        ? null
        : new WorkerError { Status = StatusCodes.Status403Forbidden, Message = "This route is not for web pages; call it without Origin." };

    private sealed record SleepState(bool IsSleeping);

    private sealed record PauseState(bool IsPaused);
}
