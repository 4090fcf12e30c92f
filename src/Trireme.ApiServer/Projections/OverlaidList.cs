using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Projections;

/// <summary>
/// A page of a kind's own objects and of what it shows of another kind's, in the order of namespace and name, as of one revision: that of
/// which the first of the two readings is.
/// </summary>
internal static class OverlaidList
{
    /// <summary>Readings that are begun again because the first one's state was forgotten by the second.</summary>
    private const int MaxTries = 3;

    /// <param name="query">What is asked for.</param>
    /// <param name="own">Reads the kind's own objects.</param>
    /// <param name="forms">Reads what it shows of the other kind's.</param>
    public static ObjectPage Read(ListQuery query, Func<ListQuery, ObjectPage> own, Func<ListQuery, ObjectPage> forms)
    {
        ObjectPage first = own(query);
        for (int i = 1; !first.IsExpired; i++)
        {
            ObjectPage second = forms(query with { AtRevision = first.Revision });
            if (!second.IsExpired) return Merge(query, first, second);
            if (i == MaxTries) return second;
            first = own(query);
        }

        return first;
    }

    private static ObjectPage Merge(ListQuery query, ObjectPage first, ObjectPage second)
    {
        StoredObject[] merged = [.. first.Objects.Concat(second.Objects).OrderBy(static stored => stored.Key, Order.Instance)];
        bool isWhole = first.Next is null && second.Next is null && (query.Limit == 0 || merged.Length <= query.Limit);
        if (isWhole) return new ObjectPage(merged, first.Revision, Next: null);
        // Each of the two pages is as long as the merged one, so that none of it is missing.
        int count = Math.Min(query.Limit, merged.Length);
        ObjectKey last = merged[count - 1].Key;
        return new ObjectPage(
            merged[..count], first.Revision, new ContinueToken(first.Revision, last.Namespace, last.Name));
    }

    private sealed class Order : IComparer<ObjectKey>
    {
        public static Order Instance { get; } = new();

        public int Compare(ObjectKey x, ObjectKey y) => string.CompareOrdinal(x.Namespace, y.Namespace) is not 0 and var order
            ? order
            : string.CompareOrdinal(x.Name, y.Name);
    }
}
