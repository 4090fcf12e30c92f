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

    private readonly DueKeys<string> _due;

    public DefaultAccounts(
        ObjectStore store, ServedResources resources, ObjectWriter writer, ApiServerOptions options, ILogger<DefaultAccounts> logger)
        : base(options.Time, logger)
    {
        _store = store;
        _resources = resources;
        _accounts = resources.Find("serviceaccounts")!;
        _writer = writer;
        _time = options.Time;
        _due = new DueKeys<string>(Wake);
        store.Changes.Observe(Note);
    }

    protected override string Kept => "Service accounts of namespaces";

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (StoredObject found in _store.List(new ListQuery(_resources.Namespace, "")).Objects) _due.Add(found.Key.Name);
        return base.StartAsync(cancellationToken);
    }

    private void Note(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
        {
            ObjectKey key = change.Object.Key;
            bool made = key.Resource == _resources.Namespace && change.Type == ChangeType.Created;
            bool lost = key.Resource == _accounts && change.Type == ChangeType.Deleted && key.Name == ServiceAccount.Default;
            if (made || lost) _due.Add(made ? key.Name : key.Namespace);
        }
    }

    protected override async Task RoundAsync()
    {
        IReadOnlyList<string> taken = _due.Take();
        try
        {
            foreach (string[] names in taken.Chunk(Batch)) await Task.WhenAll(names.Select(MakeAsync));
        }
        catch
        {
            foreach (string name in taken) _due.Add(name);
            throw;
        }
    }

    private async Task MakeAsync(string @namespace)
    {
        var key = new ObjectKey(_accounts, @namespace, ServiceAccount.Default);
        if (_store.Exists(key)) return;
        if (_store.Quarantine.TryFind(new ObjectKey(_resources.Namespace, "", @namespace), out _)) return;

        // Whatever is refused here is not wanted any more: the namespace goes, or somebody made the account.
        await _writer.CreateAsync(key, PreparedObject.Of(SystemObject.New(_accounts, @namespace, key.Name, _time.GetUtcNow())));
    }
}
