[assembly: AssemblyFixture(typeof(Trireme.Worker.Tests.SharedWorker))]

namespace Trireme.Worker.Tests;

/// <summary>The worker of all tests that only ask it questions.</summary>
public sealed class SharedWorker : IAsyncLifetime
{
    private RunningWorker? _worker;

    public RunningWorker Worker => _worker ?? throw new InvalidOperationException("The worker has not started.");

    public async ValueTask InitializeAsync() => _worker = await RunningWorker.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_worker is not null) await _worker.DisposeAsync();
    }
}
