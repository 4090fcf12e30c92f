using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Trireme.Operator;

/// <summary>
/// Runs the operator inside the host. Its parts are made when it starts, not when it is constructed: the connection may belong to
/// an API server that is started by the same host just before.
/// </summary>
internal sealed class OperatorService(IServiceProvider services) : BackgroundService
{
    private FleetOperator? _operator;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // A host may be stopped twice, once by a signal and once when it is disposed.
        if (Interlocked.Exchange(ref _operator, null) is { } running) await running.DrainAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _operator = services.GetRequiredService<FleetOperator>();
        return _operator.RunAsync(stoppingToken);
    }
}
