using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Storage;

internal enum ChangeType
{
    Created = 1,
    Updated = 2,
    Deleted = 3,
}

/// <summary>One committed change. A deleted object is its last state with the revision of its deletion.</summary>
internal sealed record Change(long Revision, ChangeType Type, StoredObject Object, StoredObject? Previous)
{
    /// <summary>Whether what is wanted differs from before; a new object, and one that goes, do.</summary>
    public bool ChangesSpec => Type != ChangeType.Updated
        || Previous is not { } before
        || !JsonNode.DeepEquals(before.Document["spec"], Object.Document["spec"]);

    /// <summary>What the change takes in memory, roughly.</summary>
    public long MemoryBytes => Object.MemoryBytes + (Previous?.MemoryBytes ?? 0);
}

/// <summary>The changes after a revision.</summary>
/// <param name="Changes">In the order of their revisions.</param>
/// <param name="Revision">
/// The store's revision when they were read, or that of the last of them: there is no other change among the unread ones up to it.
/// </param>
/// <param name="IsExpired">True if changes after the asked revision are no longer kept, or the revision was never reached.</param>
/// <param name="IsComplete">False if there is more to read after <paramref name="Revision"/>.</param>
internal sealed record ChangeHistory(IReadOnlyList<Change> Changes, long Revision, bool IsExpired, bool IsComplete = true);
