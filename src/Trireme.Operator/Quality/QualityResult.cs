using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Operator.Quality;

/// <summary>What the probe knows so far.</summary>
/// <param name="Pairs">The scores of each text; empty until the probe is through.</param>
/// <param name="Problem">Why there are none although the probe tried; never counted against a release.</param>
internal sealed record QualityResult(IReadOnlyList<QualityPair> Pairs, string? Problem = null)
{
    public static QualityResult Pending { get; } = new([]);

    /// <summary>Which tasks either release solved; empty until the probe is through, and where there are none.</summary>
    public IReadOnlyList<TaskPair> Tasks { get; init; } = [];
}

/// <summary>One comparison: two releases of one service, each with an engine that answers, over some texts.</summary>
internal sealed record QualityComparison(
    string Service,
    string BaselineHash,
    EngineAddress Baseline,
    string CandidateHash,
    EngineAddress Candidate,
    IReadOnlyList<string> Prompts)
{
    /// <summary>Questions with the answers they should get.</summary>
    public IReadOnlyList<GateTask> Tasks { get; init; } = [];
}

/// <summary>Where an engine listens and what it is called with, which may be nothing.</summary>
internal sealed record EngineAddress(string Endpoint, ReplicaKey? Key = null);
