using Trireme.Contracts.Identity;
using Trireme.Hosting.Gateways;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Scraping;

namespace Trireme.Hosting.Telemetry;

/// <summary>Gateways in processes of their own are scraped as this process' own gateway is, each as an instance.</summary>
internal sealed class GatewayScrapeTargets(KnownGateways gateways, ReplicaKey? telemetryKey) : IScrapeTargets
{
    public IReadOnlyList<ScrapeTarget> Current =>
    [
        .. gateways.Current.Select(gateway => new ScrapeTarget(
            gateway.Metrics,
            LabelSet.Of(new Label(LabelNames.Job, "gateway"), new Label(LabelNames.Instance, gateway.Name)))
        {
            Key = telemetryKey,
        }),
    ];
}
