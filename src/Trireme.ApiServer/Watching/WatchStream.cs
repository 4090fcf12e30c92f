using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Selectors;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Watching;

/// <summary>What happened to an object as one watcher sees it.</summary>
internal enum WatchEventType
{
    Added,
    Modified,
    Deleted,
}

/// <summary>Writes watch events, one JSON object per line, in the form the client accepts.</summary>
internal sealed class WatchStream(ApiRequest request, Selector selector, TimeProvider time)
{
    private readonly System.IO.Pipelines.PipeWriter _output = request.Http.Response.BodyWriter;
    private bool _headersSent;

    /// <summary>Shows an object that is there at the start.</summary>
    public ValueTask ObjectAsync(StoredObject stored, CancellationToken stop) =>
        selector.Matches(stored) ? WriteAsync("ADDED", stored, stop) : ValueTask.CompletedTask;

    /// <summary>Shows a change as it looks through the selector.</summary>
    public ValueTask ChangeAsync(Change change, CancellationToken stop) => Seen(change, selector) switch
    {
        WatchEventType.Added => WriteAsync("ADDED", change.Object, stop),
        WatchEventType.Modified => WriteAsync("MODIFIED", change.Object, stop),
        WatchEventType.Deleted => WriteAsync("DELETED", change.Object, stop),
        _ => ValueTask.CompletedTask,
    };

    /// <summary>What a change is to a watcher: an object that stops matching is deleted, one that starts matching is added.</summary>
    public static WatchEventType? Seen(Change change, Selector selector)
    {
        bool matched = change.Previous is not null && selector.Matches(change.Previous);
        bool matches = change.Type != ChangeType.Deleted && selector.Matches(change.Object);
        return (matched, matches) switch
        {
            (false, true) => WatchEventType.Added,
            (true, true) => WatchEventType.Modified,
            (true, false) => WatchEventType.Deleted,
            _ => null,
        };
    }

    /// <summary>Tells the client that it has seen everything up to a revision.</summary>
    public ValueTask BookmarkAsync(long revision, bool endsInitialEvents, CancellationToken stop)
    {
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
        if (endsInitialEvents) metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        JsonObject bookmark = request.Form.Kind switch
        {
            AcceptedKind.Table => TableWriter.Empty(metadata, request.Form),
            AcceptedKind.Metadata => Of("PartialObjectMetadata", "meta.k8s.io/" + request.Form.MetaVersion),
            _ => Of(request.Resource.Definition.Kind, request.Resource.Definition.ApiVersion),
        };
        return WriteAsync("BOOKMARK", bookmark.ToBytes(), stop);

        JsonObject Of(string kind, string apiVersion) => new() { ["kind"] = kind, ["apiVersion"] = apiVersion, ["metadata"] = metadata };
    }

    public async Task ErrorAsync(StatusError error, CancellationToken stop)
    {
        await WriteAsync("ERROR", JsonSerializer.SerializeToUtf8Bytes(error.ToStatus(), ResourceJson.Options), stop);
        await FlushAsync(stop);
    }

    /// <summary>What the client asked to see.</summary>
    public Selector Selector => selector;

    public async Task FlushAsync(CancellationToken stop) => await _output.FlushAsync(stop);

    private ValueTask WriteAsync(string type, StoredObject stored, CancellationToken stop)
    {
        ReadOnlyMemory<byte> shown = request.Form.Kind switch
        {
            AcceptedKind.Table => TableWriter.Row(request.Resource, stored.Json, request.Form, time.GetUtcNow(), !_headersSent),
            AcceptedKind.Metadata => MetadataProjection.Of(stored.Json, request.Form.MetaVersion),
            _ => stored.Json,
        };
        _headersSent = true;
        return WriteAsync(type, shown, stop);
    }

    private async ValueTask WriteAsync(string type, ReadOnlyMemory<byte> json, CancellationToken stop)
    {
        Write("{\"type\":\""u8);
        Write(System.Text.Encoding.ASCII.GetBytes(type));
        Write("\",\"object\":"u8);
        Write(json.Span);
        Write("}\n"u8);
        // A slow client must hold back its own stream and not fill memory.
        if (_output.UnflushedBytes > 64 * 1024) await _output.FlushAsync(stop);
    }

    private void Write(ReadOnlySpan<byte> bytes) => System.Buffers.BuffersExtensions.Write(_output, bytes);
}
