using Microsoft.AspNetCore.Http;

namespace Trireme.Worker.Http;

/// <summary>Lets a request in while there is room for its body, which it takes until it is answered.</summary>
internal sealed class BodyAdmission
{
    private readonly BodyBytes _bodies = new();
    private readonly JsonRoom _values = new();

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!_bodies.TryTake(context.Request, out long? taken))
        {
            await WorkerError.Overloaded(
                "Requests under way take the memory there is for their bodies; send this one again later.").WriteAsync(context);
            return;
        }

        var admitted = new AdmittedBody(_values);
        context.Features.Set(admitted);
        try
        {
            await next(context);
        }
        finally
        {
            _values.Return(admitted.ValueBytes);
            _bodies.Return(taken.Value);
        }
    }
}

/// <summary>What a request has taken of the room for values.</summary>
internal sealed class AdmittedBody(JsonRoom room)
{
    public long ValueBytes { get; private set; }

    /// <summary>Takes room for the values of the request's body; null, or why there is none.</summary>
    public WorkerError? TryTake(int values)
    {
        WorkerError? refused = room.TryTake(values, out long taken);
        ValueBytes += taken;
        return refused;
    }
}
