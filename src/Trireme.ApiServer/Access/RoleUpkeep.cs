using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Access;

/// <summary>
/// Puts the default roles and bindings in place before the first request, and keeps gathered ClusterRoles what their selectors make of
/// them.
/// </summary>
internal sealed class RoleUpkeep : StoreUpkeep
{
    private const string Writer = "trireme-apiserver";

    /// <summary>Roles are gathered from roles that are gathered; more steps are no order but a circle.</summary>
    private const int MaxPasses = 8;

    private readonly ObjectStore _store;
    private readonly ObjectWriter _writer;
    private readonly FieldManagement _fields;
    private readonly IAccessPolicy _policy;
    private readonly TimeProvider _time;
    private readonly ServedResource _clusterRoles;
    private readonly ServedResource _bindings;
    private bool _hasDefaults;

    public RoleUpkeep(
        ObjectStore store,
        ServedResources resources,
        ObjectWriter writer,
        FieldManagement fields,
        AccessFeed feed,
        ApiServerOptions options,
        ILogger<RoleUpkeep> logger)
        : base(options.Time, logger)
    {
        _store = store;
        _writer = writer;
        _fields = fields;
        _policy = feed.Policy;
        _time = options.Time;
        _clusterRoles = resources.Find("clusterroles." + RbacApi.Group)!;
        _bindings = resources.Find("clusterrolebindings." + RbacApi.Group)!;
        store.Changes.Observe(changes =>
        {
            if (changes.Any(change => change.Object.Key.Resource == _clusterRoles)) Wake.Up();
        });
    }

    protected override string Kept => "Default roles and gathered roles";

    protected override async Task RoundAsync()
    {
        if (!_hasDefaults) await Task.WhenAll(_policy.Defaults.Select(PutInPlaceAsync));
        _hasDefaults = true;
        for (int pass = 0; pass < MaxPasses; pass++)
        {
            if (!await GatherAsync()) break;
        }
    }

    private async Task PutInPlaceAsync(IResource wanted)
    {
        var key = new ObjectKey(wanted is ClusterRole ? _clusterRoles : _bindings, "", wanted.Metadata.Name);
        if (_store.Quarantine.TryFind(key, out _)) return;
        if (_store.Get(key) is not { } stored)
        {
            JsonObject document = Document(wanted);
            SystemObject.Identify(key.Resource, document, _time.GetUtcNow());
            _fields.TrackCreate(key.Resource, document, Writer);
            await _writer.CreateAsync(key, PreparedObject.Of(document));
            return;
        }

        if (AccessFeed.Parse(key.Resource.Definition, stored.Json.Span) is not { } present) return;
        if (_policy.Reconcile(present, wanted) is { } next) await _writer.UpdateAsync(stored, PreparedObject.Of(Document(next)));
    }

    /// <summary>Writes each gathered role that is not what it should be; true if there was one.</summary>
    private async Task<bool> GatherAsync()
    {
        bool changed = false;
        foreach (StoredObject stored in _store.List(new ListQuery(_clusterRoles, "")).Objects)
        {
            IResource? read = AccessFeed.Parse(_clusterRoles.Definition, stored.Json.Span);
            if (read is not ClusterRole { AggregationRule: not null } role) continue;
            JsonNode? wanted = JsonSerializer.SerializeToNode(_policy.Aggregate(role), ResourceJson.Options);
            JsonObject next = stored.ToDocument();
            if (next.IsDeleting() || JsonNode.DeepEquals(next["rules"], wanted)) continue;
            next["rules"] = wanted;
            // Where another write came first, that write leads back here.
            changed |= await _writer.UpdateAsync(stored, PreparedObject.Of(next)) is not null;
        }

        return changed;
    }

    private static JsonObject Document(IResource resource) =>
        JsonSerializer.SerializeToNode(resource, resource.GetType(), ResourceJson.Options)!.AsObject();
}
