using System.Text.Json;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Access;

/// <summary>
/// Keeps the policy what the store says. It learns of a role or binding before the write is answered, so that who made one can use it with
/// the next request.
/// </summary>
internal sealed partial class AccessFeed
{
    private static readonly Type[] Kinds = [typeof(Role), typeof(ClusterRole), typeof(RoleBinding), typeof(ClusterRoleBinding)];

    private readonly Lock _lock = new();
    private readonly ILogger<AccessFeed> _logger;

    /// <summary>
    /// While the stored ones are read, what the feed has said already, which is newer; null from then on, for the feed is in order.
    /// </summary>
    private readonly HashSet<ObjectKey>? _told = [];

    public AccessFeed(AccessRules access, ObjectStore store, ServedResources resources, ILogger<AccessFeed> logger)
    {
        Policy = access.Policy!;
        _logger = logger;
        store.Changes.Observe(Follow);
        foreach (ServedResource kind in resources.BuiltIn.Where(IsFollowed))
        {
            foreach (StoredObject stored in store.List(new ListQuery(kind, "")).Objects) Load(stored);
        }

        lock (_lock) _told = null;
    }

    /// <summary>What is kept.</summary>
    public IAccessPolicy Policy { get; }

    /// <summary>The role or binding of a kind that a text says; null for one that cannot be read.</summary>
    public static IResource? Parse(ResourceDefinition definition, ReadOnlySpan<byte> json)
    {
        try
        {
            return (IResource?)JsonSerializer.Deserialize(json, definition.ClrType, ResourceJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Follow(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
        {
            if (!IsFollowed(change.Object.Key.Resource)) continue;
            lock (_lock)
            {
                _told?.Add(change.Object.Key);
                Take(change.Object, change.Type == ChangeType.Deleted);
            }
        }
    }

    private void Load(StoredObject stored)
    {
        lock (_lock)
        {
            if (!_told!.Contains(stored.Key)) Take(stored, removed: false);
        }
    }

    private void Take(StoredObject stored, bool removed)
    {
        if (Parse(stored.Key.Resource.Definition, stored.Json.Span) is not { } resource) LogUnreadable(stored.Key);
        else if (removed) Policy.Remove(resource);
        else Policy.Put(resource);
    }

    private static bool IsFollowed(ServedResource resource) => Kinds.Contains(resource.Definition.ClrType);

    [LoggerMessage(LogLevel.Error, "{Key} cannot be read; it allows nothing until it is written again")]
    private partial void LogUnreadable(ObjectKey key);
}
