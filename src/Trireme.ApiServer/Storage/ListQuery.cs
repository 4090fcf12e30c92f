using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Selectors;

namespace Trireme.ApiServer.Storage;

/// <summary>Which objects to list.</summary>
/// <param name="Resource">Their kind.</param>
/// <param name="Namespace">Their namespace; empty for all.</param>
/// <param name="Filter">Objects it refuses are left out; null takes all.</param>
/// <param name="Limit">Most objects of the page; zero for no limit.</param>
/// <param name="After">Where the page before ended.</param>
internal sealed record ListQuery(
    ServedResource Resource, string Namespace, Func<StoredObject, bool>? Filter = null, int Limit = 0, ContinueToken? After = null)
{
    /// <summary>The revision of which the list is to be; null for the present one.</summary>
    public long? AtRevision { get; init; }

    /// <summary>Bytes after which a page ends before its limit; zero for none. It has one object at least.</summary>
    public long Bytes { get; init; }

    /// <summary>The only name that the filter takes; null where it may take others.</summary>
    public string? Name { get; init; }

    /// <summary>What all that the filter takes have in common; null where that is not known.</summary>
    public IndexHint? Hint { get; init; }

    /// <summary>The objects of a kind that a selector takes.</summary>
    public static ListQuery Of(
        ServedResource resource, string @namespace, Selector selector, int limit = 0, ContinueToken? after = null)
    {
        // A namespace that is selected is one that is asked for.
        string within = @namespace.Length == 0 && selector.Fields.Namespace is { Length: > 0 } selected ? selected : @namespace;
        return new ListQuery(resource, within, selector.IsEverything ? null : selector.Matches, limit, after)
        {
            Name = selector.Fields.Name,
            Hint = selector.HintFor(resource),
        };
    }
}

/// <summary>A page of objects in the order of namespace and name.</summary>
/// <param name="Objects">The page.</param>
/// <param name="Revision">The revision that the list is of; a watch may start from it. Of a page that is none, the store's.</param>
/// <param name="Next">Where to go on; null on the last page.</param>
/// <param name="Remaining">How many more there are after this page; null where only looking at them would tell.</param>
/// <param name="IsExpired">True if the revision asked for lies so far back that its state is no longer known.</param>
internal sealed record ObjectPage(
    IReadOnlyList<StoredObject> Objects, long Revision, ContinueToken? Next, long? Remaining = null, bool IsExpired = false)
{
    public static ObjectPage Expired(long revision) => new([], revision, null, IsExpired: true);
}
