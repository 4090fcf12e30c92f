using Trireme.Contracts.Identity;
using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Scraping;

/// <summary>
/// One endpoint that serves metrics in Prometheus' text format. Two targets are the same when address and labels are.
/// </summary>
/// <param name="Url">Address of the metrics page, http or https.</param>
/// <param name="Labels">
/// Labels put on every series of the target: job, namespace, service, release, replica. They win over scraped labels of the same
/// name, which are kept under the prefix <c>exported_</c>. Without a label instance, host and port of the address are used.
/// </param>
public sealed record ScrapeTarget(Uri Url, LabelSet Labels)
{
    /// <summary>What the endpoint is asked with; null for one that answers everyone.</summary>
    public ReplicaKey? Key { get; init; }
}
