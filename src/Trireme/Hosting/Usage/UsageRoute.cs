using System.Text.Json;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Usage;
using Trireme.Gateway.Accounting;

namespace Trireme.Hosting.Usage;

/// <summary>The address under which who watches the platform asks what all keys have used.</summary>
internal static class UsageRoute
{
    public const string Path = "/api/v1/usage";

    private static readonly string[] Methods = [HttpMethods.Get];

    public static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, IUsageLedger? ledger, TimeProvider time) =>
        endpoints.MapMethods(Path, Methods, (RequestDelegate)(context => AnswerAsync(context, ledger, time)));

    private static async Task AnswerAsync(HttpContext context, IUsageLedger? ledger, TimeProvider time)
    {
        if (ledger is null)
        {
            await RefuseAsync(context, StatusCodes.Status501NotImplemented, "no usage is kept: gateway.usage.enabled is false");
            return;
        }

        IQueryCollection query = context.Request.Query;
        string? wrong = UsageQuestion.TryRead(
            name => query[name] is [{ Length: > 0 } value, ..] ? value : null, time.GetUtcNow(), out UsageQuestion? question);
        if (wrong is not null)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, wrong);
            return;
        }

        try
        {
            UsageReport report = await ledger.ReadAsync(question!, context.RequestAborted);
            await context.Response.WriteAsJsonAsync(report, ResourceJson.Options, context.RequestAborted);
        }
        catch (IOException exception)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, exception.Message);
        }
    }

    /// <summary>In the form of the query API, whose neighbour it is.</summary>
    private static Task RefuseAsync(HttpContext context, int status, string error)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(JsonSerializer.Serialize(new { status = "error", errorType = "usage", error }));
    }
}
