using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Http;

/// <summary>Answers a request for a loaded model, or returns why not.</summary>
internal delegate Task<WorkerError?> ServingHandler(HttpContext context, ServedModel model);

/// <summary>Lets requests through while the worker is ready and counts them as open until they are answered.</summary>
internal sealed class ServingGate(WorkerLifecycle lifecycle)
{
    public RequestDelegate Guard(ServingHandler handler) => Guard<ServedModel>((context, model) => handler(context, model));

    /// <summary>For a worker that serves this kind of model and no other.</summary>
    public RequestDelegate Guard<TModel>(Func<HttpContext, TModel, Task<WorkerError?>> handler)
        where TModel : LoadedModel => async context =>
    {
        if (!lifecycle.TryEnter(out LoadedModel? model, out WorkerState state))
        {
            await WorkerError.NotServing(state, lifecycle.Failure).WriteAsync(context);
            return;
        }

        try
        {
            WorkerError? error = await handler(context, (TModel)model);
            // An engine that has failed does not come back: the worker ends, and its platform starts another.
            if (model.Failure is { } failure) lifecycle.Fail(failure);
            if (error is not null) await Explain(error).WriteAsync(context);
        }
        finally
        {
            lifecycle.Leave();
        }
    };

    /// <summary>An engine that is stopped under a request is no fault, once the worker drains: another replica answers.</summary>
    private WorkerError Explain(WorkerError error) =>
        error.Code == OpenAiErrorCodes.EngineFailed && lifecycle.State == WorkerState.Draining
            ? WorkerError.NotServing(WorkerState.Draining, failure: null)
            : error;
}
