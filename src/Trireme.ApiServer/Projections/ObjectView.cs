using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Watching;

namespace Trireme.ApiServer.Projections;

/// <summary>
/// What is read and watched: the store's objects as they are, for a projected kind what it makes of those behind it, and for a kind with an
/// overlay both in one list. The one place where these differ.
/// </summary>
internal sealed class ObjectView(ObjectStore store)
{
    /// <summary>Of a page, beside its last object.</summary>
    public const long PageBytes = 1L << 20;

    /// <summary>The last revision whose changes all subscribers have in their queues.</summary>
    public long Revision => store.Changes.Revision;

    /// <exception cref="UnreadableObjectException">The object is in quarantine.</exception>
    public StoredObject? Get(ObjectKey key)
    {
        if (key.Resource.Fixed?.Get(key.Name) is { } found) return found;
        return Behind(key) is { } stored ? Show(key.Resource, stored) : null;
    }

    /// <summary>The object as it is stored that a key shows, or would if it had the form for it; null where there is none.</summary>
    public StoredObject? Behind(ObjectKey key)
    {
        if (store.Get(Stored(key)) is { } stored) return stored;
        return key.Resource.Overlay is { } overlay ? store.Get(key with { Resource = overlay.Source }) : null;
    }

    /// <summary>Why an object that is not stored under its own key cannot be written: it is another's form, or there is none.</summary>
    public StatusError Missing(ApiRequest request)
    {
        bool isForm = request.Resource.Overlay is not null && Get(request.Key) is not null;
        return isForm
            ? StatusErrors.ReadOnly(request.Resource.Overlay!.Kind.InsteadOfWriting!)
            : StatusErrors.NotFound(request.Resource, request.Name!);
    }

    /// <summary>
    /// The state in pages that each take little memory, however much there is: for who hands them on as fast as somebody reads. Kinds with
    /// objects of their own, and those that show another's among them, come in one page; there are few of them.
    /// </summary>
    /// <exception cref="StateGoneException">The history no longer reaches back to the first page's state.</exception>
    public IEnumerable<ObjectPage> Pages(ListQuery query)
    {
        bool isWhole = query.Resource is { Fixed: not null } or { Overlay: not null };
        ObjectPage page = List(isWhole ? query : query with { Bytes = PageBytes });
        yield return page;
        while (page.Next is { } next)
        {
            page = List(query with { Bytes = PageBytes, After = next });
            if (page.IsExpired) throw new StateGoneException();
            yield return page;
        }
    }

    public ObjectPage List(ListQuery query)
    {
        if (query.Resource.Fixed is { } objects) return objects.Among(query, store.List(query));
        if (query.Resource.Overlay is { } overlay) return OverlaidList.Read(query, store.List, forms => Project(forms, overlay));
        return query.Resource.Projection is { } projection ? Project(query, projection) : store.List(query);
    }

    /// <summary>What a projection makes of a page of the objects behind it.</summary>
    private ObjectPage Project(ListQuery query, Projection projection)
    {
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
        if (resource.Overlay is { } overlay) history = Both(history, store.History(overlay.Source, @namespace, after));
        return resource.Projection is null && resource.Overlay is null
            ? history
            : history with { Changes = [.. history.Changes.Select(change => Show(resource, change)).OfType<Change>()] };
    }

    /// <summary>Subscribes to the changes that <see cref="Show(ServedResource, Change)"/> makes those of a kind of.</summary>
    public Subscription Subscribe(ServedResource resource, string @namespace) =>
        store.Changes.Subscribe(Stored(resource), @namespace, resource.Overlay?.Source);

    /// <summary>A stored object as a kind shows it; null where it does not.</summary>
    public static StoredObject? Show(ServedResource resource, StoredObject stored) =>
        FormOf(resource, stored.Key.Resource) is { } projection ? projection.Of(stored, resource) : stored;

    /// <summary>The same of an object that need not be stored, such as the result of a dry run.</summary>
    public static JsonObject? Show(ServedResource resource, JsonObject document)
    {
        bool isOverlaid = resource.Overlay is { } overlay && document.Text("kind") == overlay.Source.Definition.Kind;
        Projection? form = isOverlaid ? resource.Overlay : resource.Projection;
        return form is null ? document : form.Kind.Project(document);
    }

    /// <summary>A change as a kind shows it: an object that gets or loses its projected form is created or deleted by that.</summary>
    public static Change? Show(ServedResource resource, Change change)
    {
        if (FormOf(resource, change.Object.Key.Resource) is null) return change;
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

    /// <summary>What a kind makes of the objects of a stored one; null where it shows them as they are.</summary>
    private static Projection? FormOf(ServedResource resource, ServedResource stored) =>
        resource.Overlay is { } overlay && stored == overlay.Source ? overlay : resource.Projection;

    /// <summary>
    /// The changes of two kinds, as far as both are known: what one has read beyond the other is read again. Whoever asks has subscribed
    /// before, and so finds what came between the two readings in the queue.
    /// </summary>
    private static ChangeHistory Both(ChangeHistory one, ChangeHistory other)
    {
        long revision = Math.Min(one.Revision, other.Revision);
        if (one.IsExpired || other.IsExpired) return new ChangeHistory([], Math.Max(one.Revision, other.Revision), IsExpired: true);
        return new ChangeHistory(
            [.. one.Changes.Concat(other.Changes).Where(change => change.Revision <= revision).OrderBy(static change => change.Revision)],
            revision,
            IsExpired: false,
            one.IsComplete && other.IsComplete);
    }
}
