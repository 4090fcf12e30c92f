using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>An object of a known kind: its namespace, empty for cluster-scoped kinds, and its name.</summary>
public readonly record struct ResourceKey(string Namespace, string Name)
{
    public static ResourceKey Of(IResource resource) => new(resource.Metadata.Namespace ?? "", resource.Metadata.Name);

    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}
