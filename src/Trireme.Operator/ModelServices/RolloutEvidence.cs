using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Kubernetes;
using Trireme.Operator.Quality;

namespace Trireme.Operator.ModelServices;

/// <summary>
/// Gathers what the rollout judge looks at. Evidence that cannot be had leaves the judge undecided and is named to people.
/// </summary>
internal sealed partial class RolloutEvidence(IRolloutTelemetry telemetry, QualityProbe probe, ILogger<RolloutEvidence> logger)
{
    public async Task<ServiceObservation> GatherAsync(ServiceObservation seen, CancellationToken cancellationToken)
    {
        var key = ResourceKey.Of(seen.Service);
        if (seen.Service.Status?.Rollout is not { } rollout || !GetsTraffic(rollout))
        {
            probe.Forget(key);
            return seen;
        }

        QualityResult quality = ReadQuality(key, seen, rollout);
        try
        {
            IReadOnlyList<WindowPair> windows = await telemetry.ReadWindowsAsync(
                key.Namespace, key.Name, rollout.From, rollout.To, rollout.StepStartedAt, cancellationToken);
            return seen with
            {
                Samples = new RolloutSamples { Windows = windows, Quality = quality.Pairs },
                SamplesProblem = quality.Problem,
            };
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogUnreadable(exception, key);
            return seen with
            {
                Samples = new RolloutSamples { Quality = quality.Pairs },
                SamplesProblem = $"The samples of the step could not be read: {exception.Message}",
            };
        }
    }

    /// <summary>The judge looks whenever the new release gets requests, also while replicas for a further step start.</summary>
    private static bool GetsTraffic(RolloutStatus rollout) =>
        rollout.Phase is RolloutPhase.Progressing or RolloutPhase.Held || rollout is { Phase: RolloutPhase.Preparing, Step: > 0 };

    private QualityResult ReadQuality(ResourceKey key, ServiceObservation seen, RolloutStatus rollout)
    {
        string? baseline = Endpoint(seen, rollout.From);
        string? candidate = Endpoint(seen, rollout.To);
        if (baseline is null || candidate is null) return QualityResult.Pending;
        IReadOnlyList<string> prompts = rollout.Plan.Gates.QualityPrompts is { Count: > 0 } own ? own : HeldOutTexts.PlainEnglish;
        return probe.Read(
            key,
            rollout.Step,
            new QualityComparison(key.Name, rollout.From.ContentHash, baseline, rollout.To.ContentHash, candidate, prompts));
    }

    private static string? Endpoint(ServiceObservation seen, ReleaseRef release) =>
        seen.Of(release).FirstOrDefault(ServiceObservation.IsReady)?.Status!.Endpoint;

    [LoggerMessage(LogLevel.Warning, "Samples for the rollout of {Service} could not be read")]
    private partial void LogUnreadable(Exception exception, ResourceKey service);
}
