using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Hosting;

/// <summary>Runs an informer as long as its host.</summary>
internal sealed class InformerService<T>(Informer<T> informer) : BackgroundService
    where T : class, IResource
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => informer.RunAsync(stoppingToken);
}
