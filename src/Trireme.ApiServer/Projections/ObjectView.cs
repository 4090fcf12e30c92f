using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Watching;

namespace Trireme.ApiServer.Projections;

/// <summary>
/// What is read and watched: the store's objects as they are, or for a projected kind what it makes of those behind it. The one place
/// where the two differ.
/// </summary>
internal sealed class ObjectView(ObjectStore store)
{
    /// <summary>The last revision whose changes all subscribers have in their queues.</summary>
    public long Revision => store.Changes.Revision;

    /// <exception cref="UnreadableObjectException">The object is in quarantine.</exception>
    public StoredObject? Get(ObjectKey key) => store.Get(Stored(key)) is { } stored ? Show(key.Resource, stored) : null;

    public ObjectPage List(ListQuery query)
    {
        if (query.Resource.Projection is not { } projection) return store.List(query);
        var shown = new List<StoredObject>();
        ObjectPage page = store.List(query with { Resource = projection.Source, Filter = Takes });

        // The first object of the next page has been looked at too.
        return page with { Objects = shown.GetRange(0, page.Objects.Count) };

        bool Takes(StoredObject stored)
        {
            if (projection.Of(stored, query.Resource) is not { } seen || query.Filter?.Invoke(seen) == false) return false;
            shown.Add(seen);
            return true;
        }
    }

    /// <summary>The changes of a kind after a revision. The last that was looked at may be one that it does not show.</summary>
    public ChangeHistory History(ServedResource resource, string @namespace, long after)
    {
        ChangeHistory history = store.History(Stored(resource), @namespace, after);
        return resource.Projection is null
            ? history
            : history with { Changes = [.. history.Changes.Select(change => Show(resource, change)).OfType<Change>()] };
    }

    /// <summary>Subscribes to the changes that <see cref="Show(ServedResource, Change)"/> makes those of a kind of.</summary>
    public Subscription Subscribe(ServedResource resource, string @namespace) => store.Changes.Subscribe(Stored(resource), @namespace);

    /// <summary>A stored object as a kind shows it; null where it does not.</summary>
    public static StoredObject? Show(ServedResource resource, StoredObject stored) =>
        resource.Projection is { } projection ? projection.Of(stored, resource) : stored;

    /// <summary>The same of an object that need not be stored, such as the result of a dry run.</summary>
    public static JsonObject? Show(ServedResource resource, JsonObject document) =>
        resource.Projection is { } projection ? projection.Kind.Project(document) : document;

    /// <summary>A change as a kind shows it: an object that gets or loses its projected form is created or deleted by that.</summary>
    public static Change? Show(ServedResource resource, Change change)
    {
        if (resource.Projection is null) return change;
        StoredObject? before = change.Previous is null ? null : Show(resource, change.Previous);
        StoredObject? after = Show(resource, change.Object);
        if (change.Type == ChangeType.Deleted || after is null)
        {
            return before is null ? null : new Change(change.Revision, ChangeType.Deleted, after ?? At(before, change.Revision), before);
        }

        return new Change(change.Revision, before is null ? ChangeType.Created : ChangeType.Updated, after, before);
    }

    /// <summary>Under what key an object is stored.</summary>
    public static ObjectKey Stored(ObjectKey key) => key with { Resource = Stored(key.Resource) };

    /// <summary>The last state of what is shown no longer, with the revision of that.</summary>
    private static StoredObject At(StoredObject last, long revision)
    {
        JsonObject document = last.ToDocument();
        document.Metadata()["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture);
        return new StoredObject(last.Key, last.Uid, revision, document.ToBytes(), document);
    }

    private static ServedResource Stored(ServedResource resource) => resource.Projection?.Source ?? resource;
}
