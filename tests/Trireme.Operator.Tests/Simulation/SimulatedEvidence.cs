using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Kubernetes;
using Trireme.Operator.ModelServices;
using Trireme.Operator.Quality;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>Requests as telemetry would have seen them: steady traffic, in which the engines of a worse release fail.</summary>
internal sealed class SimulatedTelemetry(Func<string, EngineKind> kindOf, FaultPlan plan) : IRolloutTelemetry
{
    private const int WindowsMax = 12;
    private const int RequestsPerWindow = 40;

    private static readonly ArmWindow Well = Arm(errors: 0);
    private static readonly ArmWindow Badly = Arm(errors: 20);

    public async Task<IReadOnlyList<WindowPair>> ReadWindowsAsync(WindowQuery query, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (!plan.IsCalm && plan.Chance(plan.Rate)) throw new HttpRequestException("The plan lost the samples.");
        int count = Math.Clamp((int)query.Within.TotalSeconds, 0, WindowsMax);
        ArmWindow before = kindOf(query.Baseline.Name) == EngineKind.Worse ? Badly : Well;
        ArmWindow after = kindOf(query.Candidate.Name) == EngineKind.Worse ? Badly : Well;
        return [.. Enumerable.Range(0, count).Select(i => new WindowPair(DateTimeOffset.UnixEpoch.AddSeconds(i), before, after))];
    }

    private static ArmWindow Arm(int errors) => new()
    {
        Requests = RequestsPerWindow,
        Errors = errors,
        Ttft = LogSum.Of(0.1, RequestsPerWindow),
    };
}

/// <summary>Finds every release as good as the other.</summary>
internal sealed class SimulatedQuality : IQualityProbe
{
    private static readonly QualityResult Equal = new([.. Enumerable.Range(0, 8).Select(i => new QualityPair(i, 1, 1))]);

    public event Action<ResourceKey>? Finished
    {
        add { }
        remove { }
    }

    public QualityResult Read(ResourceKey service, int step, QualityComparison comparison) => Equal;

    public void Forget(ResourceKey service)
    {
        // Nothing is remembered.
    }
}
