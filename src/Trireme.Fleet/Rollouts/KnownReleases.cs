using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// The releases that a service has run or was about to, as far as its record goes. To go back, without a judge, means one of them: another
/// one may be of an engine or a model that its clients never asked for.
/// </summary>
internal static class KnownReleases
{
    /// <summary>Why the service does not know the release, as a clause; null where it does.</summary>
    /// <param name="service">The service.</param>
    /// <param name="release">A release that is verified.</param>
    /// <param name="serving">The object of the stable release; null where it is not known.</param>
    public static string? Unknown(ModelService service, Release release, Release? serving)
    {
        (string name, string? hash) = (release.Metadata.Name, release.Status?.ContentHash);
        if (Of(service.Status!).Any(known => known?.Name == name || known?.ContentHash == hash)) return null;
        string difference = serving is null ? "" : Difference(release.Spec, serving.Spec, serving.Metadata.Name);
        string record = $"as far as its last {RolloutRecord.CountMax} moves tell";
        return $"release {name} has never served {service.Metadata.Name}, {record}{difference}";
    }

    /// <summary>True if the service has known a release by this name.</summary>
    public static bool IsNamed(ModelServiceStatus status, string name) => Of(status).Any(known => known?.Name == name);

    private static IEnumerable<ReleaseRef?> Of(ModelServiceStatus status) =>
    [
        status.StableRelease, status.PreviousRelease, status.Rollout?.From, status.Rollout?.To,
        .. (status.History ?? []).SelectMany(static record => (ReleaseRef?[])[record.From, record.To]),
    ];

    private static string Difference(ReleaseSpec release, ReleaseSpec serving, string name)
    {
        if (release.Engine.Name != serving.Engine.Name)
        {
            return $", and is for the engine {release.Engine.Name}, where {name} is for {serving.Engine.Name}";
        }

        return release.Source.Path == serving.Source.Path
            ? ""
            : $", and is of the model {release.Source.Path}, where {name} is of {serving.Source.Path}";
    }
}
