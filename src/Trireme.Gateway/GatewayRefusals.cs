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
        string code = refusal.Reason == "origin" ? OpenAiErrorCodes.ForeignOrigin : OpenAiErrorCodes.ForeignHost;
        var error = new GatewayError(refusal.Status, code, char.ToUpperInvariant(refusal.Message[0]) + refusal.Message[1..] + ".");
        return error.WriteAsync(context, ApiSurface.DialectOf(context.Request.Path));
    }
}
