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

        // A host may be stopped twice, once by a signal and once when it is disposed.
        if (Interlocked.Exchange(ref _loops, null) is not { } loops) return;
        await loops.DrainAsync(cancellationToken);
        await loops.DisposeAsync();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = ActivatorUtilities.CreateInstance<OperatorLoops>(services);
        _loops = loops;
        return loops.RunAsync(stoppingToken);
    }
}
