using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Definitions;

/// <summary>The objects that come with a kind, as lists and reads take them.</summary>
internal sealed class FixedObjects
{
    private readonly IReadOnlyList<StoredObject> _objects;

    public FixedObjects(IFixedKind kind, ServedResource resource)
    {
        Kind = kind;
        _objects = [.. kind.Objects.Select(document => Stored(resource, document))];
    }

    public IFixedKind Kind { get; }

    public StoredObject? Get(string name) => _objects.FirstOrDefault(stored => stored.Key.Name == name);

    /// <summary>Puts the objects that a query is about between the stored ones that it found.</summary>
    /// <param name="query">Which of them.</param>
    /// <param name="stored">The stored ones, in the order of names.</param>
    public ObjectPage Among(ListQuery query, ObjectPage stored)
    {
        if (stored.IsExpired) return stored;
        StoredObject[] found =
        [
            .. _objects.Where(one => string.CompareOrdinal(one.Key.Name, query.After?.Name ?? "") > 0 && query.Filter?.Invoke(one) != false)
                .Concat(stored.Objects)
                .OrderBy(static one => one.Key.Name, StringComparer.Ordinal),
        ];
        bool isWhole = query.Limit == 0 || (found.Length <= query.Limit && stored.Next is null);
        if (isWhole) return stored with { Objects = found };
        StoredObject last = found[query.Limit - 1];
        return stored with
        {
            Objects = found[..query.Limit],
            Next = new ContinueToken(stored.Revision, "", last.Key.Name),
            Remaining = stored.Remaining is null && stored.Next is not null ? null : (stored.Remaining ?? 0) + found.Length - query.Limit,
        };
    }

    private static StoredObject Stored(ServedResource resource, JsonObject document) =>
        new(new ObjectKey(resource, "", document.Name()), document.Uid(), revision: 1, document.ToBytes(), document);
}
