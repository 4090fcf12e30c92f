using System.Collections.Immutable;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>
/// All objects of one kind at one moment, ordered by namespace and name, so that what is decided over them does not depend on chance.
/// Never changes; the informer swaps in the next one whole.
/// </summary>
public sealed class ResourceSnapshot<T>
    where T : class, IResource
{
    private static readonly ImmutableSortedSet<ResourceKey> NoKeys = ImmutableSortedSet<ResourceKey>.Empty.WithComparer(
        Comparer<ResourceKey>.Create(static (a, b) =>
        {
            int byNamespace = string.CompareOrdinal(a.Namespace, b.Namespace);
            return byNamespace != 0 ? byNamespace : string.CompareOrdinal(a.Name, b.Name);
        }));

    private static readonly ImmutableSortedDictionary<string, T> NoItems =
        ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);

    private readonly ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, T>> _byNamespace;
    private readonly ImmutableDictionary<string, ImmutableSortedSet<ResourceKey>> _byOwner;

    private ResourceSnapshot(
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, T>> byNamespace,
        ImmutableDictionary<string, ImmutableSortedSet<ResourceKey>> byOwner,
        int count)
    {
        _byNamespace = byNamespace;
        _byOwner = byOwner;
        Count = count;
    }

    /// <summary>A snapshot without objects.</summary>
    public ResourceSnapshot()
        : this(ImmutableSortedDictionary.Create<string, ImmutableSortedDictionary<string, T>>(StringComparer.Ordinal), [], 0)
    {
    }

    public int Count { get; }

    public IEnumerable<ResourceKey> Keys =>
        _byNamespace.SelectMany(space => space.Value.Keys, (space, name) => new ResourceKey(space.Key, name));

    public IEnumerable<T> Items => _byNamespace.Values.SelectMany(items => items.Values);

    public T? Find(ResourceKey key) => InNamespace(key.Namespace).GetValueOrDefault(key.Name);

    /// <summary>Objects of one namespace by name; those of cluster-scoped kinds under the empty one.</summary>
    public ImmutableSortedDictionary<string, T> InNamespace(string @namespace) => _byNamespace.GetValueOrDefault(@namespace, NoItems);

    /// <summary>Objects that name an owner with this uid.</summary>
    public IEnumerable<T> OwnedBy(string uid)
    {
        foreach (ResourceKey key in _byOwner.GetValueOrDefault(uid, NoKeys)) yield return Find(key)!;
    }

    internal ResourceSnapshot<T> With(T resource)
    {
        var key = ResourceKey.Of(resource);
        T? known = Find(key);
        var byNamespace = _byNamespace.SetItem(key.Namespace, InNamespace(key.Namespace).SetItem(key.Name, resource));

        // Owners rarely change; most new versions leave the index as it is.
        bool sameOwners = known is not null && Owners(known).SequenceEqual(Owners(resource));
        var byOwner = sameOwners ? _byOwner : Drop(known, key);
        if (!sameOwners)
        {
            foreach (string uid in Owners(resource)) byOwner = byOwner.SetItem(uid, byOwner.GetValueOrDefault(uid, NoKeys).Add(key));
        }

        return new ResourceSnapshot<T>(byNamespace, byOwner, known is null ? Count + 1 : Count);
    }

    internal ResourceSnapshot<T> Without(ResourceKey key)
    {
        if (Find(key) is not { } resource) return this;
        ImmutableSortedDictionary<string, T> rest = InNamespace(key.Namespace).Remove(key.Name);
        var byNamespace = rest.IsEmpty ? _byNamespace.Remove(key.Namespace) : _byNamespace.SetItem(key.Namespace, rest);
        return new ResourceSnapshot<T>(byNamespace, Drop(resource, key), Count - 1);
    }

    private ImmutableDictionary<string, ImmutableSortedSet<ResourceKey>> Drop(T? resource, ResourceKey key)
    {
        var byOwner = _byOwner;
        if (resource is null) return byOwner;
        foreach (string uid in Owners(resource))
        {
            ImmutableSortedSet<ResourceKey> rest = byOwner.GetValueOrDefault(uid, NoKeys).Remove(key);
            byOwner = rest.IsEmpty ? byOwner.Remove(uid) : byOwner.SetItem(uid, rest);
        }

        return byOwner;
    }

    private static IEnumerable<string> Owners(T resource) =>
        resource.Metadata.OwnerReferences is { } owners ? owners.Select(owner => owner.Uid) : [];
}
