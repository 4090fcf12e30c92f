using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;

namespace Trireme.ApiServer.Pods;

/// <summary>GET of a Pod's log: lines of plain text, as they come where they are followed.</summary>
internal sealed class PodLogOperation(ObjectView view, ApiServerOptions options, IHostApplicationLifetime lifetime)
{
    private const int FlushBytes = 64 * 1024;

    private int _open;

    public async Task<ResourceResponse> RunAsync(ApiRequest request)
    {
        try
        {
            bool full = Interlocked.Increment(ref _open) > options.Limits.MaxLogs;
            return full ? StatusErrors.TooManyOpen("logs", options.Limits.MaxLogs) : await ReadAsync(request);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task<ResourceResponse> ReadAsync(ApiRequest request)
    {
        if (view.Get(request.Key) is not { } pod) return StatusErrors.NotFound(request.Resource, request.Name!);
        Outcome<PodLogOptions> read = PodLogOptions.Read(request, options.Time.GetUtcNow(), ContainersOf(pod));
        if (read.Failed(out StatusError? error, out PodLogOptions? asked)) return error;
        bool isStored = view.Behind(request.Key)!.Key.Resource == request.Resource;
        if (isStored && PodConnection.NodeOf(pod) is { } node) return PodConnection.NoMachine(request, node);
        if (isStored) return new NoContentResponse();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(request.Http.RequestAborted, lifetime.ApplicationStopping);
        if (options.Pods!.Logs.Open(asked.Lines, stop.Token) is not { } lines) return NoLog(asked.Lines, pod);

        try
        {
            request.Http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            request.Http.Response.ContentType = RequestContent.Text;
            await request.Http.Response.StartAsync(stop.Token);
            await WriteAsync(request.Http.Response.BodyWriter, lines, asked, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The client left or the server stops.
        }

        return new StreamedResponse();
    }

    private static string[] ContainersOf(StoredObject pod) =>
    [
        .. PodDefaults.Items(pod.Document["spec"] as JsonObject ?? [], "containers")
            .Concat(PodDefaults.Items(pod.Document["spec"] as JsonObject ?? [], "initContainers"))
            .Select(static container => container.Text("name") ?? ""),
    ];

    private static async Task WriteAsync(
        PipeWriter output, IAsyncEnumerable<PodLogLine> lines, PodLogOptions asked, CancellationToken stop)
    {
        long left = asked.LimitBytes ?? long.MaxValue;
        await using IAsyncEnumerator<PodLogLine> line = lines.GetAsyncEnumerator(stop);
        while (left > 0)
        {
            // What has been written goes out before anything is waited for.
            ValueTask<bool> next = line.MoveNextAsync();
            if (!next.IsCompleted || output.UnflushedBytes > FlushBytes) await output.FlushAsync(stop);
            if (!await next) break;
            byte[] bytes = Encoding.UTF8.GetBytes(Text(line.Current, asked.Timestamps));
            int length = (int)Math.Min(bytes.Length, left);
            output.Write(bytes.AsSpan(0, length));
            left -= length;
        }

        await output.FlushAsync(stop);
    }

    /// <summary>The line with its end, and with its time in nanoseconds before it if that is wanted.</summary>
    private static string Text(PodLogLine line, bool timestamps) => timestamps && line.Time is { } time
        ? time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z '", CultureInfo.InvariantCulture) + line.Text + "\n"
        : line.Text + "\n";

    private static StatusError NoLog(PodLogRequest asked, StoredObject pod)
    {
        string container = $"container \"{PodProjection.Container}\" in pod \"{asked.Name}\"";
        if (asked.Previous) return StatusErrors.BadRequest($"previous terminated {container} not found");
        string? reason = (string?)pod.Document["status"]?["containerStatuses"]?[0]?["state"]?["waiting"]?["reason"];
        return StatusErrors.BadRequest(
            reason is null ? $"{container} has no log; it was removed, or never written" : $"{container} is waiting to start: {reason}");
    }
}
