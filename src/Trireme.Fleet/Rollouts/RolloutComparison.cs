namespace Trireme.Fleet.Rollouts;

/// <summary>What the judge holds the new release's answers against.</summary>
public enum RolloutComparison
{
    /// <summary>The serving release's answers in the same windows of time, so that what both feel cancels.</summary>
    SameTime,

    /// <summary>
    /// The old release's answers before the switch: of each window after it, the one as long before it. Load that changed since is taken
    /// for the release's.
    /// </summary>
    BeforeSwitch,

    /// <summary>The serving release's answers in the same windows, against those to copies of requests.</summary>
    Copies,
}
