using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Identity;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Http;

/// <summary>
/// Lets only those in who present the worker's key. There is no open route: health tells why a model failed, load how busy others keep the
/// worker, and whoever needs them has the key.
/// </summary>
internal sealed class KeyCheck(ReplicaKey key)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        context.Request.Headers.Authorization is [{ } presented] && key.Matches(presented) ? next(context) : RefuseAsync(context);

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        bool isPresented = context.Request.Headers.Authorization.Count > 0;
        return new WorkerError
        {
            Status = StatusCodes.Status401Unauthorized,
            Message = isPresented
                ? "This is not the key of this worker; send the one it was started with as \"Authorization: Bearer KEY\"."
                : "This worker answers only with its key; send it as \"Authorization: Bearer KEY\".",
            Code = OpenAiErrorCodes.InvalidApiKey,
        }.WriteAsync(context);
    }
}
