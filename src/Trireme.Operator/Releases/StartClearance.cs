using Trireme.Contracts.Engines;

namespace Trireme.Operator.Releases;

/// <summary>Whether an engine may start on a release's files.</summary>
/// <param name="Problem">Why not and what to do; null if it may.</param>
/// <param name="Pins">The files it may read, with the digests they were just found to have.</param>
internal sealed record StartClearance(string? Problem, IReadOnlyList<PinnedFile> Pins)
{
    public static StartClearance Refuse(string problem) => new(problem, []);
}
