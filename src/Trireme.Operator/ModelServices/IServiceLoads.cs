using Trireme.Fleet.Scaling;
using Trireme.Kubernetes;

namespace Trireme.Operator.ModelServices;

/// <summary>Where the load of services comes from: the routers that their requests go through.</summary>
public interface IServiceLoads
{
    /// <summary>Raised at once when a request waits for a replica of a service, which may be asleep.</summary>
    event Action<ResourceKey>? Waiting;

    /// <summary>What is known of the load now.</summary>
    LoadSignal Read(ResourceKey service);
}

/// <summary>Knows of no load, where no router says anything.</summary>
internal sealed class NoServiceLoads : IServiceLoads
{
    public event Action<ResourceKey>? Waiting
    {
        add { }
        remove { }
    }

    public LoadSignal Read(ResourceKey service) => LoadSignal.FromLoad(null);
}
