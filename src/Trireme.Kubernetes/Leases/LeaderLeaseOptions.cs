using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>Which lease elects the leader and how quickly another takes over.</summary>
public sealed record LeaderLeaseOptions
{
    public string Namespace { get; init; } = TriremeApi.DefaultNamespace;

    public string Name { get; init; } = "trireme-operator";

    /// <summary>Who this candidate is; unique for each process.</summary>
    public string Identity { get; init; } = $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}";

    /// <summary>A lease not renewed for this long is free. 15 s, Kubernetes' own default.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A leader that could not renew for this long steps down, well before another may take over. 10 s, as in client-go.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause between attempts. 2 s, as in client-go.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromSeconds(2);
}
