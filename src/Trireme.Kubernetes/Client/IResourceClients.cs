using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>Clients of every kind on one API server, under one field manager.</summary>
public interface IResourceClients
{
    IResourceClient<T> Of<T>()
        where T : class, IResource;
}
