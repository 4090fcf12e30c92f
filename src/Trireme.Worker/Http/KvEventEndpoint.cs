using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Inference.Generation;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Http;

/// <summary>
/// GET /kv_events?from=N: what the prefix cache stored and evicted since event N, in the vocabulary of vLLM's key-value events. Follow
/// it with from set to the last answer's next; wait=S holds the answer for up to S seconds until there is something. When gap is true,
/// or stream differs from the last answer's, forget all that was learnt of this replica before taking the events.
/// </summary>
internal sealed class KvEventEndpoint(WorkerLifecycle lifecycle, TimeProvider time)
{
    private const int DefaultLimit = 1000;
    private const int MaxLimit = 10_000;

    /// <summary>The largest integer JSON readers agree on.</summary>
    private const double MaxNumber = 9_007_199_254_740_991;

    private const double MaxWaitSeconds = 30;

    public async Task HandleAsync(HttpContext context)
    {
        if (lifecycle.Model is not ServedModel model)
        {
            await WorkerError.NotServing(lifecycle.State, lifecycle.Failure).WriteAsync(context);
            return;
        }

        if (model.Engine.KvEvents is not { } log)
        {
            await Off().WriteAsync(context);
            return;
        }

        if (Read(context, "from", 0, MaxNumber, 0, out WorkerError? error) is not { } from
            || Read(context, "limit", 1, MaxLimit, DefaultLimit, out error) is not { } limit
            || Read(context, "wait", 0, MaxWaitSeconds, 0, out error) is not { } seconds)
        {
            await error!.WriteAsync(context);
            return;
        }

        if (seconds > 0) await WaitAsync(log, (long)from, TimeSpan.FromSeconds(seconds), context.RequestAborted);
        context.Response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, EventStream.JsonOptions))
        {
            Write(json, log.Read((long)from, (int)limit), log.BlockSize);
        }

        await context.Response.BodyWriter.FlushAsync();
    }

    private async Task WaitAsync(IKvEventLog log, long from, TimeSpan longest, CancellationToken clientGone)
    {
        using var timeout = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, clientGone);
        // A worker that drains must not wait for those who only listen.
        Task news = log.WaitAsync(from, either.Token);
        await Task.WhenAny(news, lifecycle.StopRequested);
        await either.CancelAsync();
        await news.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        clientGone.ThrowIfCancellationRequested();
    }

    private static void Write(Utf8JsonWriter json, KvEventPage page, int blockSize)
    {
        json.WriteStartObject();
        json.WriteString("stream"u8, page.StreamId);
        json.WriteBoolean("gap"u8, page.HasGap);
        json.WriteNumber("from"u8, page.From);
        json.WriteNumber("next"u8, page.Next);
        json.WriteStartArray("events"u8);
        foreach (KvEvent entry in page.Events) Write(json, entry, blockSize);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, KvEvent entry, int blockSize)
    {
        json.WriteStartObject();
        json.WriteNumber("seq"u8, entry.Number);
        json.WriteString("type"u8, entry.Kind.ToString());
        if (entry.BlockHash is { } hash)
        {
            json.WriteStartArray("block_hashes"u8);
            json.WriteStringValue(hash);
            json.WriteEndArray();
        }

        if (entry.Kind == KvEventKind.BlockStored)
        {
            json.WriteString("parent_block_hash"u8, entry.ParentBlockHash);
            json.WriteStartArray("token_ids"u8);
            foreach (int token in entry.TokenIds) json.WriteNumberValue(token);
            json.WriteEndArray();
            json.WriteNumber("block_size"u8, blockSize);
            json.WriteString("lora_name"u8, entry.Adapter);
        }

        json.WriteEndObject();
    }

    private static double? Read(HttpContext context, string name, double least, double most, double absent, out WorkerError? error)
    {
        error = null;
        if (!context.Request.Query.TryGetValue(name, out var text)) return absent;
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        if (isNumber && value >= least && value <= most) return value;
        string range = string.Create(CultureInfo.InvariantCulture, $"{least:0} to {most:0}");
        error = WorkerError.Invalid(name, $"{name} must be a number from {range}.");
        return null;
    }

    private static WorkerError Off() => new()
    {
        Status = StatusCodes.Status404NotFound,
        Message = "This worker keeps no key-value events; start it with --kv-events.",
    };
}
