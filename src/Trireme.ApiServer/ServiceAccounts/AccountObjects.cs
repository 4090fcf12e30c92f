using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.ServiceAccounts;

/// <summary>What tokens of service accounts stand and fall with.</summary>
internal sealed class AccountObjects(ObjectView view, ServedResources resources)
{
    private readonly ServedResource _accounts = resources.Find("serviceaccounts")!;

    /// <summary>A service account; null where there is none.</summary>
    public StoredObject? Find(string @namespace, string name) => view.Get(new ObjectKey(_accounts, @namespace, name));

    /// <summary>The object of a kind that tokens are bound to; null where there is none.</summary>
    /// <param name="namespace">Its namespace.</param>
    /// <param name="kind">The kind in lower case.</param>
    /// <param name="name">Its name.</param>
    public StoredObject? FindBound(string @namespace, string kind, string name) =>
        KindOf(kind) is { } resource ? view.Get(new ObjectKey(resource, @namespace, name)) : null;

    /// <summary>A kind that tokens can be bound to, by its name in lower case; null for all others.</summary>
    public ServedResource? KindOf(string kind) => kind is "secret" or "pod" ? resources.Find("", "v1", kind + "s") : null;
}
