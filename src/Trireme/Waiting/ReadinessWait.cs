using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Kubernetes;
using Trireme.Output;

namespace Trireme.Waiting;

/// <summary>Waits until objects are as they should be, telling what is waited for whenever that changes.</summary>
internal sealed class ReadinessWait(KubernetesConnection connection, ProgressLine progress, TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>A status may be older than what was applied beside it: a refusal counts once it has stood for this long.</summary>
    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(2);

    private readonly ResourceClient<Release> _releases = new(connection, "trireme");
    private readonly ResourceClient<ModelService> _services = new(connection, "trireme");
    private readonly ResourceClient<ModelReplica> _replicas = new(connection, "trireme");

    /// <summary>Waits for all. Kinds that are as they were written at once are not waited for.</summary>
    /// <exception cref="CommandException">One cannot become ready, or the time is over; the message says which and why.</exception>
    public async Task<int> RunAsync(
        IReadOnlyList<(ResourceDefinition Definition, ResourceKey Key)> objects, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        foreach ((ResourceDefinition definition, ResourceKey key) in objects)
        {
            await OneAsync(definition, key, start, timeout, cancellationToken);
        }

        return ExitCode.Success;
    }

    private async Task OneAsync(
        ResourceDefinition definition, ResourceKey key, long start, TimeSpan timeout, CancellationToken cancellationToken)
    {
        string name = $"{definition.Singular}/{key.Name}", shown = "";
        long? refusedSince = null;
        while (await ReadAsync(definition, key, cancellationToken) is { } seen)
        {
            string line = $"{name}: {seen.Message}";
            refusedSince = seen.State == ReadinessState.Impossible ? refusedSince ?? time.GetTimestamp() : null;
            if (refusedSince is { } since && time.GetElapsedTime(since) >= Believed)
            {
                throw new CommandException(line, ExitCode.CannotBecomeReady);
            }

            if (seen.State == ReadinessState.Ready)
            {
                progress.Print(line);
                return;
            }

            if (line != shown) progress.Show($"{line} ...");
            shown = line;
            if (time.GetElapsedTime(start) > timeout)
            {
                throw new CommandException(
                    $"{line}; waited {timeout.TotalSeconds:0} s, \"trireme describe {definition.Singular} {key.Name}\" tells more",
                    ExitCode.TimedOut);
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    /// <summary>How far the object is; null for kinds that nobody waits for.</summary>
    private async Task<Readiness?> ReadAsync(ResourceDefinition definition, ResourceKey key, CancellationToken cancellationToken)
    {
        if (definition == ResourceCatalog.Releases) return Readiness.Of(await _releases.GetAsync(key, cancellationToken));
        if (definition != ResourceCatalog.ModelServices) return null;
        ModelService service = await _services.GetAsync(key, cancellationToken);
        ResourceList<ModelReplica> replicas = await _replicas.ListAsync(key.Namespace, cancellationToken: cancellationToken);
        return Readiness.Of(service, [.. replicas.Items.Where(replica => replica.Spec.Service == key.Name)]);
    }
}
