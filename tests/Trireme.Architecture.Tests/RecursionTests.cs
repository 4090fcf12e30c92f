namespace Trireme.Architecture.Tests;

/// <summary>
/// A stack that overflows cannot be caught: one deep document would end the process. So a method that calls itself over a tree from
/// outside, directly or through others, counts its depth, checks the stack, or bears [BoundedDepth] with who has bounded the tree.
/// </summary>
public sealed class RecursionTests
{
    /// <summary>Known places by type, with who bounds them. An entry that is needed no more fails the test below.</summary>
    private static readonly Dictionary<string, string> Bounded = [];

    public static TheoryData<string> Projects => new(SourceModel.Projects);

    [Theory]
    [MemberData(nameof(Projects))]
    public void Recursion_over_foreign_trees_is_bounded(string project) => Breaches.None(
        from found in new RecursionGraph(project).UnboundedCycles()
        where !Bounded.ContainsKey(found.Method.Type)
        select $"{found.Method.Place} {found.Cycle}",
        "Count the depth, check the stack, or say with [BoundedDepth] who bounds the tree.");

    [Fact]
    public void Every_known_place_is_still_there()
    {
        HashSet<string> open = [.. SourceModel.Projects.SelectMany(project => new RecursionGraph(project).UnboundedCycles())
            .Select(static found => found.Method.Type)];
        Breaches.None(Bounded.Keys.Where(type => !open.Contains(type)), "Take these off the list.");
    }
}
