using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Kubernetes;
using Trireme.Operator.ModelServices;
using Trireme.Operator.Quality;
using Trireme.Operator.Releases;
using Trireme.Operator.Runtimes;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>One life of the operator, from its start to its death without warning.</summary>
internal sealed class SimulatedOperator : IDisposable
{
    private readonly CancellationTokenSource _life = new();
    private readonly FaultyApi _connection;
    private readonly FakeRuntime _runtime;

    public SimulatedOperator(SimulatedWorld world, int number)
    {
        TimeProvider time = world.Driver.Time;
        _connection = new FaultyApi(world.Api, world.Plan, time);
        _runtime = new FakeRuntime(world.Machine, world.Plan);
        var services = new ServiceCollection();
        services.AddSingleton(time);
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton(new MetricRegistry());
        services.AddSingleton<IResourceClients>(_connection);
        services.AddSingleton(new InformerOptions { Retry = new InformerOptions().Retry with { Jitter = 0 } });
        services.AddSingleton<InformerSet>();
        services.AddSingleton<IReplicaRuntime>(_runtime);
        services.AddSingleton<IReplicaCredentials>(new OpenReplicas());
        services.AddSingleton<IReleaseReader>(new SimulatedDisk(world.Plan));
        services.AddSingleton<IServiceLoads>(world.Loads);
        services.AddSingleton<IQualityProbe>(new SimulatedQuality());
        services.AddSingleton<IRolloutTelemetry>(new SimulatedTelemetry(SimulatedWorld.KindOf, world.Plan));
#pragma warning disable CA5394 // Reproducible by intent.
        services.AddSingleton(new ReplicaNames(new Random((world.Plan.Seed * 31) + number)));
#pragma warning restore CA5394
        services.AddTriremeOperator(world.Options);
#pragma warning disable CA2000 // Nothing in it holds more than memory, and the dead clean up nothing.
        ServiceProvider parts = services.BuildServiceProvider();
#pragma warning restore CA2000
        world.Driver.Start(() => LiveAsync(parts.GetRequiredService<InformerSet>().RunAsync));
        world.Driver.Start(() => LiveAsync(parts.GetRequiredService<FleetOperator>().RunAsync));
    }

    /// <summary>Ends it without warning, in the middle of whatever it does.</summary>
    public void Dispose()
    {
        _runtime.Dispose();
        _connection.Dispose();
        _life.Cancel();
        _life.Dispose();
    }

    private async Task LiveAsync(Func<CancellationToken, Task> run)
    {
        try
        {
            await run(_life.Token);
        }
        catch (Exception) when (_life.IsCancellationRequested)
        {
            // What a dead operator fails at is of no interest.
        }
    }
}
