using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;
using Trireme.Kubernetes;

namespace Trireme.Testing;

/// <summary>One version of an object with the JSON its parts are compared by.</summary>
internal sealed record StoredVersion<T>(T Resource, byte[]? Status);

/// <summary>A change as watches are told of it.</summary>
internal sealed record MemoryChange<T>(long Revision, T? Before, T? After, T Shown)
    where T : class;

/// <summary>All objects of one kind. Everything written passes through JSON once, as on its way to a server.</summary>
internal sealed class MemoryKind<T>(MemoryApi api, Lock @lock) : IMemoryKind
    where T : class, IResource
{
    private readonly SortedDictionary<ResourceKey, StoredVersion<T>> _objects = new(KeyOrder);
    private readonly List<MemoryChange<T>> _history = [];
    private readonly List<MemoryWatch<T>> _watches = [];
    private long _compacted;

    public ResourceDefinition Definition { get; } = ResourceCatalog.Of<T>();

    internal TimeProvider Time => api.Time;

    internal long Revision => api.Revision;

    internal TimeSpan BookmarkInterval => api.BookmarkInterval;

    private static Comparer<ResourceKey> KeyOrder { get; } = Comparer<ResourceKey>.Create(static (a, b) =>
    {
        int byNamespace = string.CompareOrdinal(a.Namespace, b.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(a.Name, b.Name);
    });

    public IReadOnlyList<T> All()
    {
        lock (@lock) return [.. _objects.Values.Select(static version => version.Resource)];
    }

    public T? Find(ResourceKey key)
    {
        lock (@lock) return _objects.GetValueOrDefault(key)?.Resource;
    }

    public T Get(ResourceKey key) => Find(key) ?? throw ApiAnswers.NotFound(Definition, key.Name);

    public ResourceList<T> List(string? @namespace, ListOptions options)
    {
        lock (@lock)
        {
            var selection = new Selection(@namespace, options.LabelSelector, options.FieldSelector);
            PageToken? after = string.IsNullOrEmpty(options.Continue) ? null : PageToken.Parse(options.Continue);
            if (after?.Revision < _compacted) throw ApiAnswers.Expired(Definition, "The provided continue parameter is too old");
            List<T> rest =
            [
                .. _objects.Values.Select(static version => version.Resource).Where(resource =>
                    selection.Matches(resource) && (after is null || KeyOrder.Compare(ResourceKey.Of(resource), after.Key) > 0)),
            ];
            long revision = after?.Revision ?? api.Revision;
            List<T> page = options.Limit is { } limit && limit < rest.Count ? rest[..limit] : rest;
            return new ResourceList<T>
            {
                ApiVersion = Definition.ApiVersion,
                Kind = Definition.Kind + "List",
                Items = page,
                Metadata = new ListMeta
                {
                    ResourceVersion = Text(revision),
                    Continue = page.Count < rest.Count ? new PageToken(revision, ResourceKey.Of(page[^1])).ToString() : null,
                },
            };
        }
    }

    public T Create(T resource)
    {
        lock (@lock)
        {
            ObjectMeta metadata = resource.Metadata;
            if (!string.IsNullOrEmpty(metadata.ResourceVersion))
            {
                throw ApiAnswers.BadRequest(Definition, "resourceVersion should not be set on objects to be created");
            }

            if (metadata.Name.Length == 0) throw new NotSupportedException("Names are not generated here.");
            T created = Copy(resource, metadata with
            {
                Uid = api.NextUid(),
                Generation = ResourceShape<T>.HasSpec ? 1 : null,
                CreationTimestamp = WholeSecond(api.Time.GetUtcNow()),
                DeletionTimestamp = null,
                DeletionGracePeriodSeconds = null,
                ManagedFields = null,
            });
            if (Definition.HasStatus) created = ResourceShape<T>.WithStatus(created, null);
            Check(created);
            var key = ResourceKey.Of(created);
            if (_objects.ContainsKey(key)) throw ApiAnswers.AlreadyExists(Definition, key.Name);
            return Store(key, null, created, ResourceShape<T>.StatusJson(created));
        }
    }

    public T Replace(T resource)
    {
        lock (@lock)
        {
            RequireVersion(resource);
            return Update(ResourceKey.Of(resource), _ => resource);
        }
    }

    public T Patch(ResourceKey key, JsonObject patch)
    {
        lock (@lock) return Update(key, before => Merged(before, patch));
    }

    public T ReplaceStatus(T resource)
    {
        lock (@lock)
        {
            RequireVersion(resource);
            return UpdateStatus(ResourceKey.Of(resource), _ => resource);
        }
    }

    public T PatchStatus(ResourceKey key, JsonObject patch)
    {
        lock (@lock) return UpdateStatus(key, before => Merged(before, patch));
    }

    public void Delete(ResourceKey key, DeleteOptions options)
    {
        lock (@lock)
        {
            if (options.Propagation is PropagationPolicy.Foreground or PropagationPolicy.Orphan)
            {
                throw new NotSupportedException($"Deletion with {options.Propagation} propagation is not part of this server.");
            }

            ObjectMeta metadata = Current(key).Resource.Metadata;
            if (options.Uid is { } uid && uid != metadata.Uid)
            {
                throw ApiAnswers.Conflict(Definition, key.Name, $"the UID in the precondition is {uid}, the object's is {metadata.Uid}");
            }

            if (options.ResourceVersion is { } version && version != metadata.ResourceVersion)
            {
                throw ApiAnswers.Modified(Definition, key.Name);
            }

            Remove(key);
        }
    }

    public void Compact(long revision)
    {
        _history.Clear();
        _compacted = revision;
    }

    public void Orphaned(ResourceKey key)
    {
        if (_objects.GetValueOrDefault(key) is not { } current) return;
        ObjectMeta metadata = current.Resource.Metadata;
        List<OwnerReference> present = [.. (metadata.OwnerReferences ?? []).Where(owner => api.Exists(owner, key.Namespace))];
        if (present.Count == metadata.OwnerReferences?.Count) return;
        if (present.Count == 0) Remove(key);
        else Store(key, current, Copy(current.Resource, metadata with { OwnerReferences = present }), current.Status);
    }

    /// <summary>Opens a watch: what happened after a revision is in it already, what happens from now on follows.</summary>
    public MemoryWatch<T> Watch(string? @namespace, ListOptions options)
    {
        lock (@lock)
        {
            var watch = new MemoryWatch<T>(this, new Selection(@namespace, options.LabelSelector, options.FieldSelector));
            if (options.ResourceVersion is { } version && version != "0")
            {
                long after = long.Parse(version, NumberStyles.None, CultureInfo.InvariantCulture);
                if (after < _compacted || after > api.Revision)
                {
                    throw ApiAnswers.Expired(Definition, $"too old resource version: {version} ({api.Revision})");
                }

                foreach (MemoryChange<T> change in _history)
                {
                    if (change.Revision > after) watch.Offer(change);
                }
            }
            else
            {
                foreach (T resource in All()) watch.Offer(new MemoryChange<T>(api.Revision, null, resource, resource));
            }

            _watches.Add(watch);
            return watch;
        }
    }

    public void Close(MemoryWatch<T> watch)
    {
        lock (@lock) _watches.Remove(watch);
    }

    private static T Merged(T before, JsonObject patch)
    {
        JsonObject document = JsonSerializer.SerializeToNode(before, ResourceJson.Options)!.AsObject();
        MergePatch.Apply(document, patch);
        return document.Deserialize<T>(ResourceJson.Options)!;
    }

    private static string Text(long revision) => revision.ToString(CultureInfo.InvariantCulture);

    private static DateTimeOffset WholeSecond(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));

    private static T Copy(T resource, ObjectMeta metadata) =>
        ResourceShape<T>.Read(ResourceShape<T>.Json(ResourceShape<T>.WithMetadata(resource, metadata)));

    private StoredVersion<T> Current(ResourceKey key) =>
        _objects.GetValueOrDefault(key) ?? throw ApiAnswers.NotFound(Definition, key.Name);

    private T Update(ResourceKey key, Func<T, T> change)
    {
        StoredVersion<T> current = Current(key);
        T before = current.Resource;
        T changed = change(before);
        Precondition(key, before, changed);
        T after = Copy(changed, KeepServerOwned(before.Metadata, changed.Metadata));
        if (Definition.HasStatus) after = ResourceShape<T>.WithStatus(after, ResourceShape<T>.StatusOf(before));
        RefuseForbidden(key, before, after);
        Check(after);
        bool specChanged = !Same(ResourceShape<T>.SpecJson(before), ResourceShape<T>.SpecJson(after));
        if (specChanged)
        {
            after = ResourceShape<T>.WithMetadata(after, after.Metadata with { Generation = (before.Metadata.Generation ?? 0) + 1 });
        }

        if (!specChanged && Same(ResourceShape<T>.Json(before), ResourceShape<T>.Json(after))) return before;
        bool gone = after.Metadata.IsDeleting && after.Metadata.Finalizers is not { Count: > 0 };
        return gone ? Erase(key, current, after) : Store(key, current, after, current.Status);
    }

    private T UpdateStatus(ResourceKey key, Func<T, T> change)
    {
        if (!Definition.HasStatus) throw ApiAnswers.NotFound(Definition, key.Name + "/status");
        StoredVersion<T> current = Current(key);
        T changed = change(current.Resource);
        Precondition(key, current.Resource, changed);
        byte[]? status = ResourceShape<T>.StatusJson(changed);
        if (Same(current.Status, status)) return current.Resource;
        T after = ResourceShape<T>.WithStatus(current.Resource, ResourceShape<T>.ReadStatus(status));
        Check(after);
        return Store(key, current, after, status);
    }

    private void Remove(ResourceKey key)
    {
        StoredVersion<T> current = Current(key);
        ObjectMeta metadata = current.Resource.Metadata;
        if (metadata.Finalizers is not { Count: > 0 }) Erase(key, current, current.Resource);
        else if (!metadata.IsDeleting) Store(key, current, Marked(current.Resource), current.Status);
    }

    private T Marked(T resource) => ResourceShape<T>.WithMetadata(
        resource,
        resource.Metadata with { DeletionTimestamp = WholeSecond(api.Time.GetUtcNow()), DeletionGracePeriodSeconds = 0 });

    private T Store(ResourceKey key, StoredVersion<T>? before, T after, byte[]? status)
    {
        T stamped = Stamp(after);
        _objects[key] = new StoredVersion<T>(stamped, status);
        Publish(new MemoryChange<T>(api.Revision, before?.Resource, stamped, stamped));
        return stamped;
    }

    private T Erase(ResourceKey key, StoredVersion<T> before, T last)
    {
        T stamped = Stamp(last);
        _objects.Remove(key);
        Publish(new MemoryChange<T>(api.Revision, before.Resource, null, stamped));
        return stamped;
    }

    private T Stamp(T resource) =>
        ResourceShape<T>.WithMetadata(resource, resource.Metadata with { ResourceVersion = Text(api.NextRevision()) });

    private void Publish(MemoryChange<T> change)
    {
        _history.Add(change);
        if (_history.Count > api.HistoryLength)
        {
            _compacted = _history[0].Revision;
            _history.RemoveAt(0);
        }

        foreach (MemoryWatch<T> watch in _watches) watch.Offer(change);
        api.Record(this, change.Before, change.After);
    }

    private void RequireVersion(T resource)
    {
        bool own = Definition.Group.Length > 0 && !Definition.Group.EndsWith(".k8s.io", StringComparison.Ordinal);
        if (!own || !string.IsNullOrEmpty(resource.Metadata.ResourceVersion)) return;
        const string Missing = "must be specified for an update";
        throw ApiAnswers.Invalid(
            Definition, resource.Metadata.Name, [new FieldError("metadata.resourceVersion", FieldErrorType.Invalid, Missing)]);
    }

    private void Precondition(ResourceKey key, T before, T changed)
    {
        if (changed.Metadata.ResourceVersion is { Length: > 0 } version && version != before.Metadata.ResourceVersion)
        {
            throw ApiAnswers.Modified(Definition, key.Name);
        }

        if (changed.Metadata.Uid is { Length: > 0 } uid && uid != before.Metadata.Uid)
        {
            throw ApiAnswers.Conflict(Definition, key.Name, $"the UID in the request is {uid}, the object's is {before.Metadata.Uid}");
        }
    }

    private void RefuseForbidden(ResourceKey key, T before, T after)
    {
        var errors = new FieldErrors();
        IEnumerable<string> added = (after.Metadata.Finalizers ?? []).Except(before.Metadata.Finalizers ?? []);
        if (before.Metadata.IsDeleting && added.Any())
        {
            errors.Add("metadata.finalizers", FieldErrorType.Forbidden, "no finalizer can be added while the object is being deleted");
        }

        if (Definition.SpecIsImmutable && !Same(ResourceShape<T>.SpecJson(before), ResourceShape<T>.SpecJson(after)))
        {
            errors.Add("spec", FieldErrorType.Forbidden, $"a {Definition.Kind} is immutable");
        }

        if (!errors.IsEmpty) throw ApiAnswers.Invalid(Definition, key.Name, errors.Items);
    }

    private void Check(T resource)
    {
        if (!api.Validates) return;
        using JsonDocument document = JsonDocument.Parse(ResourceShape<T>.Json(resource));
        IReadOnlyList<FieldError> errors = ResourceValidator.Validate(Definition, document.RootElement, out _);
        if (errors.Count > 0) throw ApiAnswers.Invalid(Definition, resource.Metadata.Name, errors);
    }

    private static ObjectMeta KeepServerOwned(ObjectMeta before, ObjectMeta sent) => sent with
    {
        Uid = before.Uid,
        ResourceVersion = before.ResourceVersion,
        Generation = before.Generation,
        CreationTimestamp = before.CreationTimestamp,
        DeletionTimestamp = before.DeletionTimestamp,
        DeletionGracePeriodSeconds = before.DeletionGracePeriodSeconds,
        ManagedFields = null,
    };

    private static bool Same(byte[]? a, byte[]? b) => a.AsSpan().SequenceEqual(b) && a is null == b is null;

    private sealed record PageToken(long Revision, ResourceKey Key)
    {
        public static PageToken Parse(string text)
        {
            string[] parts = text.Split('/');
            return new PageToken(long.Parse(parts[0], CultureInfo.InvariantCulture), new ResourceKey(parts[1], parts[2]));
        }

        public override string ToString() => $"{Text(Revision)}/{Key.Namespace}/{Key.Name}";
    }
}
