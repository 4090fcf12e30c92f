using Trireme.Fleet.Scaling;
using Trireme.Kubernetes;

namespace Trireme.Operator.ModelServices;

/// <summary>Where the load of services comes from: the router that their requests go through.</summary>
public interface IServiceLoads
{
    /// <summary>Raised at once when a request waits for a replica of a service, which may be asleep.</summary>
    event Action<ResourceKey>? Waiting;

    /// <summary>The load now. Null, or the reading of before, where there is no newer one; the number of replicas then stays.</summary>
    ServiceLoad? Read(ResourceKey service);
}

/// <summary>Knows of no load, where no router says anything.</summary>
internal sealed class NoServiceLoads : IServiceLoads
{
    public event Action<ResourceKey>? Waiting
    {
        add { }
        remove { }
    }

    public ServiceLoad? Read(ResourceKey service) => null;
}
