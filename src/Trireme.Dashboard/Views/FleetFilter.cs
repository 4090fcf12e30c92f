namespace Trireme.Dashboard.Views;

/// <summary>Which services of the overview are shown: a page of those that match, the worst first.</summary>
public sealed record FleetFilter
{
    /// <summary>Rows drawn at a time; a browser stays quick whatever the size of the fleet.</summary>
    public const int PageSize = 25;

    /// <summary>Part of a service's name, namespace or release.</summary>
    public string Search { get; init; } = "";

    public FleetGroup Group { get; init; }

    /// <summary>From 0; one that is not there any more stands for the last.</summary>
    public int Page { get; init; }

    public FleetSelection Select(IReadOnlyList<ServiceRow> rows)
    {
        ServiceRow[] found = [.. rows.Where(Matches)];
        ServiceRow[] matching = [.. found.Where(row => IsIn(row, Group))];
        int pages = Math.Max(1, (matching.Length + PageSize - 1) / PageSize);
        int page = Math.Clamp(Page, 0, pages - 1);
        return new FleetSelection(
            [.. matching.Skip(page * PageSize).Take(PageSize)],
            matching.Length,
            page,
            pages,
            [.. Enum.GetValues<FleetGroup>().Select(group => (group, found.Count(row => IsIn(row, group))))]);
    }

    private bool Matches(ServiceRow row)
    {
        string text = Search.Trim();
        return text.Length == 0
            || row.Name.Contains(text, StringComparison.OrdinalIgnoreCase)
            || row.Namespace.Contains(text, StringComparison.OrdinalIgnoreCase)
            || row.Traffic.Any(release => release.Name.Contains(text, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsIn(ServiceRow row, FleetGroup group) => group switch
    {
        FleetGroup.Problems => row.Health.Level is HealthLevel.Bad or HealthLevel.Warning,
        FleetGroup.Changing => row.Health.Level == HealthLevel.Busy,
        FleetGroup.Healthy => row.Health.Level == HealthLevel.Good,
        FleetGroup.Idle => row.Health.Level == HealthLevel.Idle,
        _ => true,
    };
}

/// <summary>Services that are alike in how they are.</summary>
public enum FleetGroup
{
    All,
    Problems,
    Changing,
    Healthy,
    Idle,
}

/// <summary>What a filter leaves.</summary>
/// <param name="Rows">The rows of the page.</param>
/// <param name="Matching">Rows of all pages.</param>
/// <param name="Page">The page, from 0.</param>
/// <param name="Pages">How many there are, at least one.</param>
/// <param name="Groups">Each group with the rows that the search leaves of it.</param>
public sealed record FleetSelection(
    IReadOnlyList<ServiceRow> Rows, int Matching, int Page, int Pages, IReadOnlyList<(FleetGroup Group, int Count)> Groups);
