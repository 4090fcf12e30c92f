using Microsoft.AspNetCore.Http;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Http;

/// <summary>Answers a request for a loaded model, or returns why not.</summary>
internal delegate Task<ApiError?> ServingHandler(HttpContext context, ServedModel model);

/// <summary>Lets requests through while the worker is ready and counts them as open until they are answered.</summary>
internal sealed class ServingGate(WorkerLifecycle lifecycle)
{
    public RequestDelegate Guard(ServingHandler handler) => async context =>
    {
        if (!lifecycle.TryEnter(out ServedModel? model, out WorkerState state))
        {
            await ApiError.NotServing(state, lifecycle.Failure).WriteAsync(context);
            return;
        }

        try
        {
            if (await handler(context, model) is { } error) await RefuseAsync(context, error);
        }
        finally
        {
            lifecycle.Leave();
        }
    };

    private Task RefuseAsync(HttpContext context, ApiError error)
    {
        // A lost engine does not come back: the worker ends and its platform starts another.
        if (error.EngineLost) lifecycle.Fail(error.Message);
        return error.WriteAsync(context);
    }
}
