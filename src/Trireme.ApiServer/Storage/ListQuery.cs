using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>Which objects to list.</summary>
/// <param name="Resource">Their kind.</param>
/// <param name="Namespace">Their namespace; empty for all.</param>
/// <param name="Filter">Objects it refuses are left out; null takes all.</param>
/// <param name="Limit">Most objects of the page; zero for no limit.</param>
/// <param name="After">Where the page before ended.</param>
internal sealed record ListQuery(
    ServedResource Resource, string Namespace, Func<StoredObject, bool>? Filter = null, int Limit = 0, ContinueToken? After = null);

/// <summary>A page of objects in the order of namespace and name.</summary>
/// <param name="Objects">The page.</param>
/// <param name="Revision">The store's revision the list began at; a watch may start from it.</param>
/// <param name="Next">Where to go on; null on the last page.</param>
/// <param name="Remaining">How many more there are after this page; null where only looking at them would tell.</param>
/// <param name="IsExpired">True if the list began so long ago that a watch could no longer start from its revision.</param>
internal sealed record ObjectPage(
    IReadOnlyList<StoredObject> Objects, long Revision, ContinueToken? Next, long? Remaining = null, bool IsExpired = false)
{
    public static ObjectPage Expired(long revision) => new([], revision, null, IsExpired: true);
}
