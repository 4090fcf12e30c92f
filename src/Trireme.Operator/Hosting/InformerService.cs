using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Trireme.Kubernetes;

namespace Trireme.Operator;

/// <summary>Runs the operator's own informers, where nobody shares theirs with it.</summary>
internal sealed class InformerService(IServiceProvider services) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        services.GetRequiredService<InformerSet>().RunAsync(stoppingToken);
}
