using Trireme.Contracts.Resources;

namespace Trireme.Dashboard.Views;

/// <summary>The releases a person can choose for an undo: those a service has had, newest first, but for the one that serves.</summary>
internal static class ReleaseChoices
{
    public static IReadOnlyList<string> Of(ModelService service)
    {
        ModelServiceStatus? status = service.Status;
        IEnumerable<ReleaseRef?> seen =
        [
            status?.PreviousRelease,
            .. (status?.History ?? []).Reverse().SelectMany(record => (ReleaseRef?[])[record.To, record.From]),
        ];
        return
        [
            .. seen
                .Where(release => release is not null && release.Name != status?.StableRelease?.Name)
                .Select(release => release!.Name)
                .Distinct(StringComparer.Ordinal),
        ];
    }
}
