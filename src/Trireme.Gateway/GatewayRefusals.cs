using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway;

/// <summary>What a host refuses before a request reaches the gateway, in the words of the gateway's clients.</summary>
public static class GatewayRefusals
{
    /// <summary>Answers a request that the rules of its listener do not take.</summary>
    public static Task AnswerAsync(HttpContext context, CallerRefusal refusal)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(refusal);
        var error = new GatewayError(refusal.Status, OpenAiErrorCodes.OfCaller(refusal), refusal.Sentence);
        return error.WriteAsync(context, ApiSurface.DialectOf(context.Request.Path));
    }
}
