using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

internal enum WriteKind
{
    Create,
    Update,
    Delete,
}

/// <summary>One write. The store stamps the object with the revision it gets.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Key">Which object.</param>
/// <param name="Object">The new state; for a deletion the last state, which watchers are shown.</param>
/// <param name="ExpectedRevision">The revision the object must still be at; ignored for a creation.</param>
internal sealed record WriteRequest(WriteKind Kind, ObjectKey Key, PreparedObject Object, long ExpectedRevision = 0)
{
    /// <summary>What watchers are told was there before, where what is stored cannot be read.</summary>
    public StoredObject? Replaces { get; init; }

    /// <summary>True for an update that makes its object smaller, and for a status that is not much larger than the one before.</summary>
    public bool NeedsNoRoom { get; init; }

    /// <summary>True for an update after which the object is found by the same as before, as after nearly all.</summary>
    public bool KeepsIndex { get; init; }

    /// <summary>
    /// True for what must be written on a full disk too: whatever leads to a deletion makes room, and a status says what died.
    /// </summary>
    public bool IsEssential => Kind == WriteKind.Delete || (Kind == WriteKind.Update && (NeedsNoRoom || Object.Document.IsDeleting()));

    public static WriteRequest Create(ObjectKey key, PreparedObject next) => new(WriteKind.Create, key, next);

    public static WriteRequest Create(ObjectKey key, JsonObject document) => Create(key, PreparedObject.Of(document));

    public static WriteRequest Update(StoredObject current, PreparedObject next) =>
        new(WriteKind.Update, current.Key, next, current.Revision)
        {
            KeepsIndex = IndexEntries.AreSame(current.Key.Resource.QualifiedPlural, current.Document, next.Document),
        };

    public static WriteRequest Update(StoredObject current, JsonObject document) => Update(current, PreparedObject.Of(document));

    public static WriteRequest Delete(StoredObject current, PreparedObject lastState) =>
        new(WriteKind.Delete, current.Key, lastState, current.Revision);

    public static WriteRequest Delete(StoredObject current, JsonObject lastState) => Delete(current, PreparedObject.Of(lastState));
}

internal enum WriteOutcome
{
    Written,
    AlreadyExists,
    NotFound,

    /// <summary>Another write came first; read again and decide again.</summary>
    Conflict,
    NamespaceNotFound,
    NamespaceTerminating,
    NamespaceNotEmpty,

    /// <summary>The definition of the kind is being deleted.</summary>
    KindTerminating,
}

/// <summary>What became of a write; the object is there exactly when it was written.</summary>
internal readonly record struct WriteResult(WriteOutcome Outcome, StoredObject? Object)
{
    public static implicit operator WriteResult(WriteOutcome outcome) => new(outcome, null);
}
