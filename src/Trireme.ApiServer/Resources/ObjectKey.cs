namespace Trireme.ApiServer.Resources;

/// <summary>Identifies one object.</summary>
/// <param name="Resource">Its kind.</param>
/// <param name="Namespace">Its namespace; empty for cluster-scoped kinds.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct ObjectKey(ServedResource Resource, string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? $"{Resource}/{Name}" : $"{Resource}/{Namespace}/{Name}";
}
