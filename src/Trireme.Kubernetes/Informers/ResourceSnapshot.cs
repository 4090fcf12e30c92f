using System.Collections.Immutable;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>All objects of one kind at one moment. Never changes; the informer swaps in the next one whole.</summary>
public sealed class ResourceSnapshot<T>
    where T : class, IResource
{
    private static readonly ImmutableHashSet<ResourceKey> NoKeys = [];

    private readonly ImmutableDictionary<ResourceKey, T> _items;
    private readonly ImmutableDictionary<string, ImmutableHashSet<ResourceKey>> _byOwner;
    private readonly ImmutableDictionary<(string Key, string Value), ImmutableHashSet<ResourceKey>> _byLabel;

    private ResourceSnapshot(
        ImmutableDictionary<ResourceKey, T> items,
        ImmutableDictionary<string, ImmutableHashSet<ResourceKey>> byOwner,
        ImmutableDictionary<(string Key, string Value), ImmutableHashSet<ResourceKey>> byLabel)
    {
        _items = items;
        _byOwner = byOwner;
        _byLabel = byLabel;
    }

    /// <summary>A snapshot without objects.</summary>
    public ResourceSnapshot()
        : this([], [], [])
    {
    }

    public int Count => _items.Count;

    public IEnumerable<ResourceKey> Keys => _items.Keys;

    public IEnumerable<T> Items => _items.Values;

    public T? Find(ResourceKey key) => _items.GetValueOrDefault(key);

    /// <summary>Objects that name an owner with this uid.</summary>
    public IEnumerable<T> OwnedBy(string uid) => Resolve(_byOwner.GetValueOrDefault(uid, NoKeys));

    /// <summary>Objects with this label, in all namespaces.</summary>
    public IEnumerable<T> Labelled(string label, string value) => Resolve(_byLabel.GetValueOrDefault((label, value), NoKeys));

    internal ResourceSnapshot<T> With(T resource)
    {
        var key = ResourceKey.Of(resource);
        ResourceSnapshot<T> rest = Without(key);
        var byOwner = rest._byOwner;
        foreach (OwnerReference owner in resource.Metadata.OwnerReferences ?? [])
        {
            byOwner = byOwner.SetItem(owner.Uid, byOwner.GetValueOrDefault(owner.Uid, NoKeys).Add(key));
        }

        var byLabel = rest._byLabel;
        foreach ((string label, string value) in resource.Metadata.Labels ?? ImmutableDictionary<string, string>.Empty)
        {
            byLabel = byLabel.SetItem((label, value), byLabel.GetValueOrDefault((label, value), NoKeys).Add(key));
        }

        return new ResourceSnapshot<T>(rest._items.SetItem(key, resource), byOwner, byLabel);
    }

    internal ResourceSnapshot<T> Without(ResourceKey key)
    {
        if (!_items.TryGetValue(key, out T? resource)) return this;
        var byOwner = _byOwner;
        foreach (OwnerReference owner in resource.Metadata.OwnerReferences ?? []) byOwner = Drop(byOwner, owner.Uid, key);
        var byLabel = _byLabel;
        foreach ((string label, string value) in resource.Metadata.Labels ?? ImmutableDictionary<string, string>.Empty)
        {
            byLabel = Drop(byLabel, (label, value), key);
        }

        return new ResourceSnapshot<T>(_items.Remove(key), byOwner, byLabel);
    }

    private static ImmutableDictionary<TIndex, ImmutableHashSet<ResourceKey>> Drop<TIndex>(
        ImmutableDictionary<TIndex, ImmutableHashSet<ResourceKey>> index,
        TIndex value,
        ResourceKey key)
        where TIndex : notnull
    {
        ImmutableHashSet<ResourceKey> rest = index.GetValueOrDefault(value, NoKeys).Remove(key);
        return rest.IsEmpty ? index.Remove(value) : index.SetItem(value, rest);
    }

    private IEnumerable<T> Resolve(ImmutableHashSet<ResourceKey> keys)
    {
        foreach (ResourceKey key in keys) yield return _items[key];
    }
}
