using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// The stored objects that cannot be served. Lists leave them out, a look at one by its name is an error, and who asks whether an owner
/// exists is told that it does: what cannot be read is not gone.
/// </summary>
internal sealed class Quarantine
{
    private readonly ConcurrentDictionary<(string Resource, string Namespace, string Name), QuarantinedObject> _objects = new();

    public int Count => _objects.Count;

    public IReadOnlyCollection<QuarantinedObject> Objects => [.. _objects.Values];

    public void Add(QuarantinedObject found) => _objects[(found.Resource, found.Namespace, found.Name)] = found;

    public void Remove(ObjectKey key) => _objects.TryRemove((key.Resource.QualifiedPlural, key.Namespace, key.Name), out _);

    public bool TryFind(ObjectKey key, [NotNullWhen(true)] out QuarantinedObject? found) =>
        TryFind(key.Resource.QualifiedPlural, key.Namespace, key.Name, out found);

    public bool TryFind(string resource, string @namespace, string name, [NotNullWhen(true)] out QuarantinedObject? found)
    {
        found = null;
        return !_objects.IsEmpty && _objects.TryGetValue((resource, @namespace, name), out found);
    }

    /// <summary>What is certain of an object that cannot be read: that it is there, and whose name it bears.</summary>
    public static StoredObject Stub(ServedResource resource, QuarantinedObject found)
    {
        var metadata = new JsonObject { ["name"] = found.Name, ["uid"] = found.Uid };
        if (found.Namespace.Length > 0) metadata["namespace"] = found.Namespace;
        var document = new JsonObject
        {
            ["apiVersion"] = resource.Definition.ApiVersion,
            ["kind"] = resource.Definition.Kind,
            ["metadata"] = metadata,
        };
        var key = new ObjectKey(resource, found.Namespace, found.Name);
        return new StoredObject(key, found.Uid, found.Revision, document.ToBytes(), document);
    }
}
