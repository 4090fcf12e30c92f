using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Workloads;

/// <summary>
/// Sees to it that every namespace has the certificate of the server's authority, as every cluster does: programs in it trust the server by
/// that, and Pods of a cluster mount it.
/// </summary>
internal sealed class AuthorityUpkeep : KeyedController<string>
{
    public const string Name = "kube-root-ca.crt";

    private const string Description =
        "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP "
        + "or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

    private readonly ObjectStore _store;
    private readonly ObjectWriter _writer;
    private readonly ObjectDeletion _changes;
    private readonly ApiServerOptions _options;
    private readonly ServedResource _namespaces;
    private readonly ServedResource? _configMaps;

    public AuthorityUpkeep(
        ObjectStore store,
        ServedResources resources,
        ObjectWriter writer,
        ObjectDeletion changes,
        ApiServerOptions options,
        ILogger<AuthorityUpkeep> logger)
        : base(options, logger)
    {
        _store = store;
        _writer = writer;
        _changes = changes;
        _options = options;
        _namespaces = resources.Namespace;
        _configMaps = resources.Find("configmaps");
        store.Changes.Observe(Note);
    }

    /// <summary>A store of an older version has none of them.</summary>
    protected override int SideBySide => 64;

    protected override void Begin()
    {
        foreach (StoredObject found in _store.List(new ListQuery(_namespaces, "")).Objects) Due.Add(found.Key.Name);
    }

    protected override async Task<TimeSpan?> LookAsync(string key)
    {
        if (_configMaps is null) return null;
        var at = new ObjectKey(_configMaps, key, Name);
        if (_store.Get(at) is { } stored)
        {
            await _changes.ChangeAsync(stored, document => document["data"] = Data());
            return null;
        }

        JsonObject made = SystemObject.New(_configMaps, key, Name, Time.GetUtcNow());
        made.Metadata()["annotations"] = new JsonObject { ["kubernetes.io/description"] = Description };
        made["data"] = Data();

        // Whatever is refused here is not wanted any more: the namespace goes.
        await _writer.CreateAsync(at, PreparedObject.Of(made));
        return null;
    }

    private JsonObject Data() => new() { ["ca.crt"] = _options.PublishedAuthority };

    private void Note(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
        {
            ObjectKey key = change.Object.Key;
            if (key.Resource == _namespaces && change.Type == ChangeType.Created) Due.Add(key.Name);
            else if (key.Resource == _configMaps && key.Name == Name && change.Type != ChangeType.Created) Due.Add(key.Namespace);
        }
    }
}
