using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// One version of an object as it lies in the store. The bytes are what answers and watches send; whoever needs to look inside
/// shares one tree.
/// </summary>
internal sealed class StoredObject(ObjectKey key, string uid, long revision, byte[] json, JsonObject? document = null)
{
    /// <summary>What a node of the tree takes beside its text, roughly.</summary>
    private const int NodeBytes = 128;

    private long _memoryBytes = -1;

    public ObjectKey Key { get; } = key;

    public string Uid { get; } = uid;

    /// <summary>The store's revision that wrote this version: its resourceVersion.</summary>
    public long Revision { get; } = revision;

    public ReadOnlyMemory<byte> Json => json;

    /// <summary>The same as <see cref="Json"/>, for the database, which takes whole arrays. Nobody changes it.</summary>
    public byte[] Bytes => json;

    /// <summary>The parsed object, for reading only: every other reader has the same one. Two racing parses give equal trees.</summary>
    public JsonObject Document => Parsed ??= ResourceDocument.Parse(json);

    /// <summary>The same where someone has parsed it already; null otherwise.</summary>
    public JsonObject? Parsed { get; private set; } = document;

    /// <summary>
    /// What the object takes in memory with its tree, roughly. A text of short values makes a tree of dozens of times its size, and
    /// commas count values fast.
    /// </summary>
    public long MemoryBytes =>
        _memoryBytes >= 0 ? _memoryBytes : _memoryBytes = json.Length + (NodeBytes * (1L + json.AsSpan().Count((byte)',')));

    public Selectable Selectable => field ??= new Selectable(this);

    /// <summary>A tree of the caller's own.</summary>
    public JsonObject ToDocument() => Document.DeepClone().AsObject();
}
