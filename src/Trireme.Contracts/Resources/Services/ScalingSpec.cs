using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>How many replicas a service runs as its load asks for; spec.replicas has no say while this is there.</summary>
public sealed record ScalingSpec
{
    /// <summary>Fewest replicas. With 0 the service sleeps when idle, and the next request wakes it.</summary>
    [Range(0, 256)]
    public int MinReplicas { get; init; } = 1;

    /// <summary>Most replicas, whatever the load.</summary>
    [Range(1, 256)]
    public required int MaxReplicas { get; init; }

    public SloSpec Slo { get; init; } = new();

    /// <summary>Time without any request after which a service with minReplicas 0 goes to sleep.</summary>
    public Duration IdleTimeout { get; init; } = Duration.FromSeconds(300);

    /// <summary>
    /// Longest time that a request waits in the gateway for a replica to become ready; then it is refused, with what the start has taken
    /// so far.
    /// </summary>
    public Duration HoldTimeout { get; init; } = Duration.FromSeconds(120);

    /// <summary>
    /// Time for which fewer replicas must have been enough, at every look, before one goes. Up goes at once; this is what keeps a start
    /// from following each short pause of the load.
    /// </summary>
    public Duration ScaleDownStabilization { get; init; } = Duration.FromSeconds(120);

    internal void Validate(string path, int replicas, FieldErrors errors)
    {
        if (replicas != 1)
        {
            errors.Invalid(
                "spec.replicas",
                $"{replicas} would have no effect, because {path} decides the number between {MinReplicas} and {MaxReplicas}; "
                    + $"remove spec.replicas or set it to 1, and change {path}.minReplicas or maxReplicas");
        }

        if (MinReplicas > MaxReplicas)
        {
            errors.Invalid($"{path}.minReplicas", $"{MinReplicas} is too large; must be at most maxReplicas, {MaxReplicas}");
        }

        Between($"{path}.slo.ttft", Slo.Ttft, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1), errors);
        if (Slo.Itl is { } itl) Between($"{path}.slo.itl", itl, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1), errors);
        Between($"{path}.idleTimeout", IdleTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromDays(7), errors);
        Between($"{path}.holdTimeout", HoldTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), errors);
        Between($"{path}.scaleDownStabilization", ScaleDownStabilization, TimeSpan.Zero, TimeSpan.FromHours(1), errors);
    }

    private static void Between(string field, Duration value, TimeSpan least, TimeSpan most, FieldErrors errors)
    {
        if (value.Value >= least && value.Value <= most) return;
        errors.Invalid(field, $"{value} is out of range; must be from {new Duration(least)} to {new Duration(most)}");
    }
}

/// <summary>What clients are to get, from which the number of replicas follows.</summary>
public sealed record SloSpec
{
    /// <summary>
    /// Longest time from the arrival of a request to the first token of its answer. Of an answer that is not streamed it is what is left
    /// of the whole time after one itl for each further token.
    /// </summary>
    public Duration Ttft { get; init; } = Duration.FromSeconds(2);

    /// <summary>Longest mean time between the tokens of an answer. Not looked at where it is absent.</summary>
    public Duration? Itl { get; init; }

    /// <summary>Share of requests that are to be within these: 0.99 is all but one in a hundred.</summary>
    [Range(0.5, 0.9999)]
    public double Attainment { get; init; } = 0.99;
}
