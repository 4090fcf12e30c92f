using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Trireme.Operator;

/// <summary>
/// Runs the operator inside the host. Its parts are made when it starts, not when it is constructed: the connection may belong to
/// an API server that is started by the same host just before.
/// </summary>
internal sealed class OperatorService(IServiceProvider services) : BackgroundService
{
    private OperatorLoops? _loops;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_loops is null) return;
        await _loops.DrainAsync(cancellationToken);
        await _loops.DisposeAsync();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _loops = ActivatorUtilities.CreateInstance<OperatorLoops>(services);
        return _loops.RunAsync(stoppingToken);
    }
}
