using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Usage;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Pipeline;

namespace Trireme.Gateway.Surface;

/// <summary>Shows a key what it has used, and nothing of others.</summary>
internal sealed class UsageAnswer(IUsageLedger ledger, TimeProvider time)
{
    public async Task<RequestOutcome> AnswerAsync(GatewayRequest request)
    {
        if (!ledger.IsKept) return await request.RefuseAsync(GatewayErrors.NoLedger);
        IQueryCollection query = request.Http.Request.Query;
        string? wrong = UsageQuestion.TryRead(
            name => query[name] is [{ Length: > 0 } value, ..] ? value : null, time.GetUtcNow(), out UsageQuestion? question);
        if (wrong is not null) return await request.RefuseAsync(GatewayErrors.BadUsageQuestion(wrong));
        UsageReport report;
        try
        {
            UsageQuestion own = question! with { Namespace = request.Caller!.Namespace, Key = request.Caller.KeyId };
            report = await ledger.ReadAsync(own, request.ClientLeft);
        }
        catch (IOException)
        {
            return await request.RefuseAsync(GatewayErrors.LedgerUnreadable);
        }

        byte[] body = JsonSerializer.SerializeToUtf8Bytes(report, ResourceJson.Options);
        HttpResponse response = request.Http.Response;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, request.ClientLeft);
        request.Progress.BytesToClient += body.Length;
        return request.Progress.Complete(response.StatusCode, RequestEnd.Gateway);
    }
}
