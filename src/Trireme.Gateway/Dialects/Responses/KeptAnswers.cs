using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>Shows what is kept, and forgets it.</summary>
internal sealed class KeptAnswers(IResponseStore store)
{
    private const int PageDefault = 20;
    private const int PageMax = 100;

    public async Task<RequestOutcome> AnswerAsync(GatewayRequest request)
    {
        KeptResponse kept = request.Kept!;
        switch (request.Route.Operation)
        {
            case ApiOperation.GetResponse:
                return await WriteAsync(request, kept.Response);
            case ApiOperation.ListResponseInput:
                return await ListAsync(request, kept);
            case ApiOperation.CancelResponse:
                return await request.RefuseAsync(GatewayErrors.CannotCancel);
            default:
                return await DeleteAsync(request, kept);
        }
    }

    private async Task<RequestOutcome> DeleteAsync(GatewayRequest request, KeptResponse kept)
    {
        try
        {
            if (!await store.DeleteAsync(kept.Owner, kept.Id, request.ClientLeft))
            {
                return await request.RefuseAsync(GatewayErrors.ResponseNotFound(kept.Id));
            }
        }
        catch (IOException) when (!request.Http.Response.HasStarted)
        {
            return await request.RefuseAsync(GatewayErrors.KeptUnavailable);
        }

        return await WriteAsync(request, Encoding.UTF8.GetBytes($"{{\"id\":\"{kept.Id}\",\"object\":\"response\",\"deleted\":true}}"));
    }

    /// <summary>A page of what went in, the newest first unless asked otherwise.</summary>
    private static async Task<RequestOutcome> ListAsync(GatewayRequest request, KeptResponse kept)
    {
        IQueryCollection query = request.Http.Request.Query;
        int limit = PageDefault;
        if (query["limit"] is { Count: 1 } text
            && (!int.TryParse(text[0], NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > PageMax))
        {
            return await request.RefuseAsync(GatewayErrors.WrongType("limit", $"a whole number from 1 to {PageMax}"));
        }

        if (query["order"] is { Count: > 0 } order && order != "asc" && order != "desc")
        {
            return await request.RefuseAsync(GatewayErrors.WrongType("order", "\"asc\" or \"desc\""));
        }

        using var page = new PooledBuffer();
        WritePage(new JsonSlice(kept.Input.Span), limit, query["order"] == "asc", query["after"].ToString(), page);
        return await WriteAsync(request, page.Memory);
    }

    private static void WritePage(JsonSlice items, int limit, bool oldestFirst, string after, PooledBuffer output)
    {
        var places = new List<(Range Place, string Id)>();
        int at = 0;
        foreach (JsonSlice item in items.Elements)
        {
            at += items.Bytes[at..].IndexOf(item.Bytes);
            places.Add((at..(at + item.Bytes.Length), item["id"u8].AsString() ?? ""));
            at += item.Bytes.Length;
        }

        if (!oldestFirst) places.Reverse();
        int start = after.Length == 0 ? 0 : places.FindIndex(place => place.Id == after) + 1;
        List<(Range Place, string Id)> shown = places.GetRange(start, Math.Min(limit, places.Count - start));
        output.Write("{\"object\":\"list\",\"data\":["u8);
        for (int i = 0; i < shown.Count; i++)
        {
            if (i > 0) output.Write(","u8);
            output.Write(items.Bytes[shown[i].Place]);
        }

        output.Write("],\"first_id\":"u8);
        WriteId(shown.Count == 0 ? null : shown[0].Id, output);
        output.Write(",\"last_id\":"u8);
        WriteId(shown.Count == 0 ? null : shown[^1].Id, output);
        output.Write(start + shown.Count < places.Count ? ",\"has_more\":true}"u8 : ",\"has_more\":false}"u8);
    }

    private static void WriteId(string? id, PooledBuffer output)
    {
        if (id is null) output.Write("null"u8);
        else output.OwnText(id);
    }

    private static async Task<RequestOutcome> WriteAsync(GatewayRequest request, ReadOnlyMemory<byte> body)
    {
        HttpResponse response = request.Http.Response;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body, request.ClientLeft);
        request.Progress.BytesToClient += body.Length;
        return request.Progress.Complete(response.StatusCode, RequestEnd.Gateway);
    }
}
