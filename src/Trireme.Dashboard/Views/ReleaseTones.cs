using Trireme.Contracts.Resources;

namespace Trireme.Dashboard.Views;

/// <summary>Tones of a service's releases by name, for metrics, which know no content hash.</summary>
public sealed class ReleaseTones
{
    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);

    private ReleaseTones()
    {
    }

    public static ReleaseTones Of(ModelService service, IEnumerable<ModelReplica> replicas)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(replicas);
        var tones = new ReleaseTones();
        ModelServiceStatus? status = service.Status;

        // What was last seen of a name wins.
        foreach (RolloutRecord record in status?.History ?? [])
        {
            tones.Add(record.From);
            tones.Add(record.To);
        }

        tones.Add(status?.PreviousRelease);
        foreach (ModelReplica replica in replicas) tones._hashes[replica.Spec.Release] = replica.Spec.ContentHash;
        tones.Add(status?.Rollout?.From);
        tones.Add(status?.Rollout?.To);
        tones.Add(status?.StableRelease);
        foreach (ReleaseTraffic traffic in status?.Traffic ?? []) tones._hashes[traffic.Name] = traffic.ContentHash;
        return tones;
    }

    public ReleaseTone Of(string release) => ReleaseTone.Of(_hashes.GetValueOrDefault(release, release));

    private void Add(ReleaseRef? release)
    {
        if (release is not null) _hashes[release.Name] = release.ContentHash;
    }
}
