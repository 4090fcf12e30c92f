using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.ServiceAccounts;

/// <summary>Sees to it that every namespace has the service account "default", and has it again after its deletion.</summary>
internal sealed class DefaultAccounts : StoreUpkeep
{
    /// <summary>Accounts that are made side by side where many are missing, as at the first start of an older store.</summary>
    private const int Batch = 64;

    private readonly ObjectStore _store;
    private readonly ServedResources _resources;
    private readonly ServedResource _accounts;
    private readonly ObjectWriter _writer;
    private readonly TimeProvider _time;

    /// <summary>Namespaces to look at; as many as there are at most, and those that went since.</summary>
    private readonly ConcurrentDictionary<string, byte> _due = new();

    public DefaultAccounts(
        ObjectStore store, ServedResources resources, ObjectWriter writer, ApiServerOptions options, ILogger<DefaultAccounts> logger)
        : base(options.Time, logger)
    {
        _store = store;
        _resources = resources;
        _accounts = resources.Find("serviceaccounts")!;
        _writer = writer;
        _time = options.Time;
        store.Changes.Observe(Note);
    }

    protected override string Kept => "Service accounts of namespaces";

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (StoredObject found in _store.List(new ListQuery(_resources.Namespace, "")).Objects) _due[found.Key.Name] = 0;
        return base.StartAsync(cancellationToken);
    }

    private void Note(IReadOnlyList<Change> changes)
    {
        bool any = false;
        foreach (Change change in changes)
        {
            ObjectKey key = change.Object.Key;
            bool made = key.Resource == _resources.Namespace && change.Type == ChangeType.Created;
            bool lost = key.Resource == _accounts && change.Type == ChangeType.Deleted && key.Name == ServiceAccount.Default;
            if (!made && !lost) continue;
            _due[made ? key.Name : key.Namespace] = 0;
            any = true;
        }

        if (any) Wake.Up();
    }

    protected override async Task RoundAsync()
    {
        foreach (string[] names in _due.Keys.Chunk(Batch)) await Task.WhenAll(names.Select(MakeAsync));
    }

    private async Task MakeAsync(string @namespace)
    {
        // First: what is noted from here on is looked at again.
        _due.TryRemove(@namespace, out _);
        try
        {
            var key = new ObjectKey(_accounts, @namespace, ServiceAccount.Default);
            if (_store.Exists(key)) return;
            if (_store.Quarantine.TryFind(new ObjectKey(_resources.Namespace, "", @namespace), out _)) return;
            // Whatever is refused here is not wanted any more: the namespace goes, or somebody made the account.
            await _writer.CreateAsync(key, PreparedObject.Of(new JsonObject
            {
                ["apiVersion"] = ServiceAccount.TypeApiVersion,
                ["kind"] = ServiceAccount.TypeKind,
                ["metadata"] = new JsonObject
                {
                    ["name"] = ServiceAccount.Default,
                    ["namespace"] = @namespace,
                    ["uid"] = Guid.NewGuid().ToString(),
                    ["creationTimestamp"] = ResourceDocument.Timestamp(_time.GetUtcNow()),
                },
            }));
        }
        catch
        {
            _due[@namespace] = 0;
            throw;
        }
    }
}
