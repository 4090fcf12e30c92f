using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Rollouts.Waves;

/// <summary>The releases that services move to: there and verified, to be waited for, or to be made.</summary>
internal static class WaveReleases
{
    /// <summary>Characters that a release's description may have.</summary>
    private const int DescriptionMax = 500;

    /// <summary>Looks whether a service can be given its new release.</summary>
    /// <returns>
    /// A release to make, or why there is none to give yet as a sentence; neither where the release can be given.
    /// </returns>
    public static (Release? Create, string? Problem) Look(WaveSnapshot snapshot, FleetRolloutMember member)
    {
        snapshot.Releases.TryGetValue(member.To, out Release? release);
        if (snapshot.Spec.Base is { } model && member.From != member.To)
        {
            if (!snapshot.Releases.TryGetValue(member.From, out Release? from))
            {
                return (null, $"Its release {member.From} does not exist any more, so that none can be made of it.");
            }

            Release wanted = Copy(snapshot, from, model, member.To);
            if (release is null) return (wanted, null);
            if (!IsSame(release.Spec, wanted.Spec))
            {
                return (
                    null,
                    $"Release {member.To} is there already and is another one; delete it, or begin anew with another spec.base.suffix.");
            }
        }

        if (release is null || release.Metadata.IsDeleting) return (null, $"Release {member.To} does not exist.");
        Condition? verified = (release.Status?.Conditions).Find(ReleaseConditions.Verified);
        return verified?.Status == ConditionStatus.True && release.Status?.ContentHash is not null
            ? (null, null)
            : (null, $"Release {member.To} is not usable yet: {verified?.Message ?? "it is being verified."}");
    }

    private static Release Copy(WaveSnapshot snapshot, Release from, FleetBase model, string name)
    {
        // Pins are of the files that are replaced.
        ReleaseSpec spec = from.Spec with { Source = model.Source, Artifacts = null };
        string described = $"{from.Metadata.Name} on {model.Source.Path}";
        bool isFetched = EngineFiles.Of(spec).Locations().Any(ArtifactAddress.IsAddress);
        return new Release
        {
            Metadata = new ObjectMeta
            {
                Name = name,
                Namespace = from.Metadata.Namespace,
                Labels = from.Metadata.Labels,
                Annotations = new Dictionary<string, string>
                {
                    [TriremeApi.FleetRolloutAnnotation] = snapshot.Rollout.Metadata.Name,
                },
            },
            Spec = spec with
            {
                PullSecret = isFetched ? spec.PullSecret : null,
                Description = described.Length <= DescriptionMax ? described : described[..DescriptionMax],
            },
        };
    }

    /// <summary>What is no content may differ.</summary>
    private static bool IsSame(ReleaseSpec a, ReleaseSpec b) => CanonicalJson.Same(
        a with { Description = null, PullSecret = null }, b with { Description = null, PullSecret = null });
}
