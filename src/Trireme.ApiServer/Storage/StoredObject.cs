using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>One version of an object as it lies in the store.</summary>
internal sealed class StoredObject(ObjectKey key, string uid, long revision, byte[] json)
{
    public ObjectKey Key { get; } = key;

    public string Uid { get; } = uid;

    /// <summary>The store's revision that wrote this version: its resourceVersion.</summary>
    public long Revision { get; } = revision;

    public ReadOnlyMemory<byte> Json => json;

    // Parsed once and shared by every watcher that looks at this version; two racing parses give equal results.
    public Selectable Selectable => field ??= new Selectable(json);

    public JsonObject ToDocument() => ResourceDocument.Parse(json);
}
