using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Trireme.Architecture.Tests;

/// <summary>
/// A stack that overflows cannot be caught: one deep document would end the process. So a method that calls itself over a tree from
/// outside, directly or through others, counts its depth, checks the stack, or bears [BoundedDepth] with who has bounded the tree.
/// </summary>
public sealed class RecursionTests
{
    /// <summary>Types whose trees are bounded before they get there, with who does that, and those that only seem to recurse.</summary>
    private static readonly Dictionary<string, string> Bounded = new()
    {
        ["CanonicalJson"] = "writes records of ours, whose types nest finitely, and what came as a request, which is bounded",
        ["ObjectPrinter"] = "System.Text.Json refuses to parse more than 64 levels",
        ["Evaluator"] = "TokenReader refuses expressions of PromQL deeper than 400 levels",
        ["ToolCallParser"] = "loops over characters; its Append and Take call a StringBuilder's and its output's, not themselves",
        ["TemplateParser"] = "its names are those of other methods it calls",
        ["OptionalType"] = "calls the type inside it, and types are nested in code",
        ["PathListType"] = "calls the type of its items, and types are nested in code",
        ["SizeType"] = "calls another method of the same name",
        ["ReviewKind"] = "calls its overload for the typed object",
        ["WriteRequest"] = "calls its overload for prepared bytes",
    };

    public static TheoryData<string> Projects => new(SourceModel.Projects);

    [Theory]
    [MemberData(nameof(Projects))]
    public void Recursion_over_foreign_trees_is_bounded(string project) => Breaches.None(
        from found in new RecursionGraph(project).UnboundedCycles()
        where !Bounded.ContainsKey(found.Method.Type)
        select $"{found.Method.Place} {found.Cycle}",
        "Count the depth, check the stack, or say with [BoundedDepth] who bounds the tree.");

    [Fact]
    public void Every_known_place_still_recurses()
    {
        HashSet<string> found =
        [
            .. from project in SourceModel.Projects
               from cycle in new RecursionGraph(project).UnboundedCycles()
               select cycle.Method.Type,
        ];
        Breaches.None(Bounded.Keys.Where(type => !found.Contains(type)), "Take these off the list.");
    }
}
