using System.Text.Json;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Admission;

/// <summary>
/// Finds who needs an object, which then must not be deleted. Users are objects of the same namespace whose kind says that it needs
/// objects of the other; those that are being deleted, or will be because their owners go, need nothing any more.
/// </summary>
internal sealed class UseProtection(ObjectStore store, ServedResources resources, OwnerGraph graph)
{
    private readonly ServedResource[] _users =
        [.. resources.BuiltIn.Where(resource => resource.Virtual is null && resource.Definition.UsedKinds.Count > 0)];

    /// <summary>True if objects of a kind may need others.</summary>
    public bool CanUse(ServedResource resource) => _users.Contains(resource);

    /// <summary>Who needs an object; empty where nobody does.</summary>
    public IReadOnlyList<UserOfObject> UsersOf(ObjectKey used)
    {
        string kind = used.Resource.Definition.Kind;
        var users = new List<UserOfObject>();
        foreach (ServedResource resource in _users)
        {
            if (!resource.Definition.UsedKinds.Contains(kind) || resource.Definition.Group != used.Resource.Definition.Group) continue;
            foreach (StoredObject stored in store.List(new ListQuery(resource, used.Namespace)).Objects)
            {
                if (Use(resource, stored, kind, used.Name) is { } user && !Goes(stored)) users.Add(user);
            }
        }

        return users;
    }

    private bool Goes(StoredObject stored)
    {
        if (stored.Document.IsDeleting()) return true;
        OwnerLink[] owners = OwnerLink.AllOf(stored.Document);
        return owners.Length > 0
            && owners.All(owner => graph.StateOf(owner, stored.Key) is OwnerState.Absent or OwnerState.Waiting);
    }

    private static UserOfObject? Use(ServedResource resource, StoredObject stored, string kind, string name)
    {
        IUsesObjects? user;
        try
        {
            user = JsonSerializer.Deserialize(stored.Json.Span, resource.Definition.ClrType, ResourceJson.Options) as IUsesObjects;
        }
        catch (JsonException)
        {
            // Nobody can run what cannot be read, and one such object must not keep all others.
            return null;
        }

        ObjectUse[] uses = [.. (user?.Uses() ?? []).Where(use => use.Kind == kind && use.Name == name)];
        if (uses.Length == 0) return null;
        string roles = string.Join(", ", uses.Select(use => use.Role).Distinct());
        return new UserOfObject(resource.Definition.Kind, stored.Key.Name, roles, uses[0].Field);
    }
}
