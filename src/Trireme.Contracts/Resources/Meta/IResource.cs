namespace Trireme.Contracts.Resources;

/// <summary>An object of the Kubernetes-style API: identified by kind, namespace and name.</summary>
public interface IResource
{
    string ApiVersion { get; }

    string Kind { get; }

    ObjectMeta Metadata { get; init; }
}

/// <summary>A resource whose controller reports back through the status subresource.</summary>
public interface IResourceWithStatus<TStatus> : IResource
    where TStatus : class
{
    TStatus? Status { get; init; }
}
