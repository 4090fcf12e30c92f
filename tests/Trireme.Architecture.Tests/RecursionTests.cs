using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Trireme.Architecture.Tests;

/// <summary>
/// A stack that overflows cannot be caught: one deep document would end the process. So a method that calls itself over a tree from
/// outside, directly or through others, counts its depth, checks the stack, or bears [BoundedDepth] with who has bounded the tree.
/// </summary>
public sealed class RecursionTests
{
    private const string Request =
        "a request nests at most 48 levels, which the reader of bodies checks; a stored object came as a request";

    private const string Json64 = "System.Text.Json refuses to parse more than 64 levels";

    /// <summary>Types whose trees are bounded before they get there, with who does that.</summary>
    private static readonly Dictionary<string, string> Bounded = new()
    {
        ["SchemaPruner"] = Request,
        ["FieldSet"] = Request,
        ["FieldSets"] = Request,
        ["ObjectMerger"] = Request,
        ["MergePatch"] = Request,
        ["StrategicMergePatch"] = Request,
        ["JsonPointer"] = "its Remove calls the collection's, not itself",
        ["CanonicalJson"] = "writes records of ours, whose types nest finitely, and what came as a request",
        ["JsonMeasure"] = Json64,
        ["ResourceValidator"] = Json64,
        ["SchemaValidator"] = Json64,
        ["YamlJson"] = Json64,
        ["ObjectPrinter"] = Json64,
        ["Evaluator"] = "TokenReader refuses expressions of PromQL deeper than 400 levels",
        ["ExpressionParser"] = "TokenCursor refuses templates deeper than 100 levels",
        ["OperandParser"] = "TokenCursor refuses templates deeper than 100 levels",
        ["StatementParser"] = "TokenCursor refuses templates deeper than 100 levels",
        ["ToolCallParser"] = "loops over characters; its Append and Take call a StringBuilder's and its output's, not themselves",
        ["TemplateParser"] = "reads the grammars that ship with the trainer",
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
    public void Every_known_place_is_still_there()
    {
        HashSet<string> types =
        [
            .. from project in SourceModel.Projects
               from tree in SourceModel.Of(project)
               from type in tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>()
               select type.Identifier.Text,
        ];
        Breaches.None(Bounded.Keys.Where(type => !types.Contains(type)), "Take these off the list.");
    }
}
