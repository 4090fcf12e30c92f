using System.Collections.Immutable;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>All objects of one kind at one moment. Never changes; the informer swaps in the next one whole.</summary>
public sealed class ResourceSnapshot<T>
    where T : class, IResource
{
    private static readonly ImmutableHashSet<ResourceKey> NoKeys = [];
    private static readonly ImmutableDictionary<string, T> NoItems = ImmutableDictionary<string, T>.Empty;

    private readonly ImmutableDictionary<string, ImmutableDictionary<string, T>> _byNamespace;
    private readonly ImmutableDictionary<string, ImmutableHashSet<ResourceKey>> _byOwner;

    private ResourceSnapshot(
        ImmutableDictionary<string, ImmutableDictionary<string, T>> byNamespace,
        ImmutableDictionary<string, ImmutableHashSet<ResourceKey>> byOwner,
        int count)
    {
        _byNamespace = byNamespace;
        _byOwner = byOwner;
        Count = count;
    }

    /// <summary>A snapshot without objects.</summary>
    public ResourceSnapshot()
        : this([], [], 0)
    {
    }

    public int Count { get; }

    public IEnumerable<ResourceKey> Keys =>
        _byNamespace.SelectMany(space => space.Value.Keys, (space, name) => new ResourceKey(space.Key, name));

    public IEnumerable<T> Items => _byNamespace.Values.SelectMany(items => items.Values);

    public T? Find(ResourceKey key) => InNamespace(key.Namespace).GetValueOrDefault(key.Name);

    /// <summary>Objects of one namespace by name; those of cluster-scoped kinds under the empty one.</summary>
    public ImmutableDictionary<string, T> InNamespace(string @namespace) => _byNamespace.GetValueOrDefault(@namespace, NoItems);

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
        ImmutableDictionary<string, T> rest = InNamespace(key.Namespace).Remove(key.Name);
        var byNamespace = rest.IsEmpty ? _byNamespace.Remove(key.Namespace) : _byNamespace.SetItem(key.Namespace, rest);
        return new ResourceSnapshot<T>(byNamespace, Drop(resource, key), Count - 1);
    }

    private ImmutableDictionary<string, ImmutableHashSet<ResourceKey>> Drop(T? resource, ResourceKey key)
    {
        var byOwner = _byOwner;
        if (resource is null) return byOwner;
        foreach (string uid in Owners(resource))
        {
            ImmutableHashSet<ResourceKey> rest = byOwner.GetValueOrDefault(uid, NoKeys).Remove(key);
            byOwner = rest.IsEmpty ? byOwner.Remove(uid) : byOwner.SetItem(uid, rest);
        }

        return byOwner;
    }

    private static IEnumerable<string> Owners(T resource) =>
        resource.Metadata.OwnerReferences is { } owners ? owners.Select(owner => owner.Uid) : [];
}
