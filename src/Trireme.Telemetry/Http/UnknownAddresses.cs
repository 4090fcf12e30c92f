using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Trireme.Telemetry.Queries;

namespace Trireme.Telemetry.Http;

public static class UnknownAddresses
{
    /// <summary>Addresses that no page will ever have.</summary>
    private static readonly PathString[] ForPrograms = ["/api", "/-", "/metrics"];

    /// <summary>
    /// Where nothing answers, says so in Prometheus' form of an error; but a browser that looks for a page is left to the pages. Comes
    /// after what shows a page for a status, so that it has answered before that looks.
    /// </summary>
    public static IApplicationBuilder UseUnknownAddressErrors(this IApplicationBuilder app) => app.Use(static async (context, next) =>
    {
        await next(context);
        // An answer may be written and not sent yet; its type is there already.
        bool isAnswered = context.Response.HasStarted || !string.IsNullOrEmpty(context.Response.ContentType);
        if (!isAnswered && !AsksForPage(context.Request)) await AnswerAsync(context);
    });

    private static bool AsksForPage(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && !Array.Exists(ForPrograms, request.Path.StartsWithSegments);

    private static Task AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        return context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => ApiResponse.WriteErrorAsync(
                context,
                StatusCodes.Status404NotFound,
                "not_found",
                $"there is no {request.Method} {request.Path} here; see /api/v1/query, /api/v1/targets and /metrics"),
            StatusCodes.Status405MethodNotAllowed => ApiResponse.WriteErrorAsync(
                context,
                StatusCodes.Status405MethodNotAllowed,
                ErrorTypes.Name(QueryErrorKind.BadData),
                $"{request.Path} takes {context.Response.Headers.Allow}, not {request.Method}"),
            _ => Task.CompletedTask,
        };
    }
}
