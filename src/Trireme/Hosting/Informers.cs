using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Hosting;

internal static class Informers
{
    public static Informer<T> Create<T>(KubernetesConnection connection, IServiceProvider services)
        where T : class, IResource =>
        new(new ResourceClient<T>(connection, "trireme"), services.GetRequiredService<ILogger<Informer<T>>>(), TimeProvider.System);
}
