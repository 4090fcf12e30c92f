using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;
using Trireme.Telemetry.Queries;

namespace Trireme.Telemetry.Http;

/// <summary>What a host refuses before a request reaches the query API, as Prometheus' clients read it.</summary>
public static class QueryApiRefusals
{
    /// <summary>Answers a request that the rules of its listener do not take.</summary>
    public static Task AnswerAsync(HttpContext context, CallerRefusal refusal)
    {
        bool isBad = refusal.Status == StatusCodes.Status400BadRequest;
        return AnswerAsync(context, refusal.Status, isBad ? ErrorTypes.Name(QueryErrorKind.BadData) : "forbidden", refusal.Message);
    }

    /// <summary>Answers a request whose key is missing or not known.</summary>
    public static Task AnswerUnauthorizedAsync(HttpContext context, string message)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"trireme\"";
        return AnswerAsync(context, StatusCodes.Status401Unauthorized, "unauthorized", message);
    }

    private static Task AnswerAsync(HttpContext context, int status, string type, string message) =>
        ApiResponse.WriteErrorAsync(context, status, type, message);
}
