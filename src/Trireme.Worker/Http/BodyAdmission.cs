using Microsoft.AspNetCore.Http;

namespace Trireme.Worker.Http;

/// <summary>Lets a request in while there is room for its body, which it takes until it is answered.</summary>
internal sealed class BodyAdmission
{
    private readonly BodyBytes _bodies = new();

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!_bodies.TryTake(context.Request, out long? taken))
        {
            await WorkerError.Overloaded(
                "Requests under way take the memory there is for their bodies; send this one again later.").WriteAsync(context);
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            _bodies.Return(taken.Value);
        }
    }
}
