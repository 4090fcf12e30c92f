namespace Trireme.ApiServer.Storage;

/// <summary>A stored object that cannot be served: where it lies and what is wrong with it. It stays in the database as it is.</summary>
/// <param name="Resource">The name of its kind in the store; the kind may be one that this version does not know.</param>
/// <param name="Namespace">Its namespace; empty for cluster-scoped kinds.</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its UID, by the row.</param>
/// <param name="Revision">The revision that wrote it, by the row.</param>
/// <param name="Reason">What is wrong, for people.</param>
internal sealed record QuarantinedObject(string Resource, string Namespace, string Name, string Uid, long Revision, string Reason)
{
    public override string ToString() => Namespace.Length == 0 ? $"{Resource}/{Name}" : $"{Resource}/{Namespace}/{Name}";
}
