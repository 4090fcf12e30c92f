using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Trireme.Architecture.Tests;

/// <summary>
/// A clock on the wall can be set at any time. Where something is waited for, judged or ended, no two times of day are compared or
/// subtracted: intervals are differences of a steady clock. The API server's times of day are data that clients read, and the series store
/// is given a clock that never goes back, so that they are not looked at.
/// </summary>
public sealed class ClockTests
{
    private static readonly string[] Deciding = ["Trireme.Fleet", "Trireme.Operator", "Trireme.Gateway", "Trireme.Kubernetes"];

    private static readonly HashSet<SyntaxKind> Comparing =
    [
        SyntaxKind.SubtractExpression, SyntaxKind.LessThanExpression, SyntaxKind.LessThanOrEqualExpression,
        SyntaxKind.GreaterThanExpression, SyntaxKind.GreaterThanOrEqualExpression,
    ];

    [Fact]
    public void No_interval_is_measured_by_the_time_of_day()
    {
        HashSet<string> members =
            [.. Deciding.Append("Trireme.Contracts").SelectMany(SourceModel.Of).SelectMany(static tree => Members(tree.GetRoot()))];
        Breaches.None(
            from project in Deciding
            from tree in SourceModel.Of(project)
            from binary in tree.GetRoot().DescendantNodes().OfType<BinaryExpressionSyntax>()
            where Comparing.Contains(binary.Kind())
            where IsWall(binary.Left, members) && IsWall(binary.Right, members)
            select $"{SourceModel.Place(binary)} {binary}",
            "Measure with TimeProvider.GetSteadyTime or GetTimestamp; a time of day is for people.");
    }

    [Theory]
    [InlineData("bool M(DateTimeOffset due) => time.GetUtcNow() >= due;", true)]
    [InlineData("TimeSpan M() { var start = time.GetUtcNow(); return time.GetUtcNow() - start; }", true)]
    [InlineData("DateTimeOffset _at; bool M(TimeSpan limit) => time.GetUtcNow() > _at + limit;", true)]
    [InlineData("DateTimeOffset M(TimeSpan elapsed) => time.GetUtcNow() - elapsed;", false)]
    [InlineData("bool M(TimeSpan due) => time.GetSteadyTime() >= due;", false)]
    public void A_comparison_of_two_times_of_day_is_seen(string member, bool isBreach)
    {
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        string source = $"class C(TimeProvider time) {{ {member} }}";
        SyntaxNode root = CSharpSyntaxTree.ParseText(source, cancellationToken: cancelled).GetRoot(cancelled);
        HashSet<string> members = [.. Members(root)];
        Assert.Equal(isBreach, root.DescendantNodes().OfType<BinaryExpressionSyntax>().Any(binary =>
            Comparing.Contains(binary.Kind()) && IsWall(binary.Left, members) && IsWall(binary.Right, members)));
    }

    /// <summary>Names of fields, properties and parameters of types that hold a time of day.</summary>
    private static IEnumerable<string> Members(SyntaxNode root)
    {
        foreach (SyntaxNode node in root.DescendantNodes())
        {
            switch (node)
            {
                case PropertyDeclarationSyntax property when IsTimeOfDay(property.Type):
                    yield return property.Identifier.Text;
                    break;
                case FieldDeclarationSyntax field when IsTimeOfDay(field.Declaration.Type):
                    foreach (VariableDeclaratorSyntax variable in field.Declaration.Variables) yield return variable.Identifier.Text;
                    break;
                case ParameterSyntax { Type: { } type, Parent.Parent: TypeDeclarationSyntax } parameter when IsTimeOfDay(type):
                    yield return parameter.Identifier.Text;
                    break;
            }
        }
    }

    private static bool IsTimeOfDay(TypeSyntax type) =>
        type.ToString() is "DateTimeOffset" or "DateTimeOffset?" or "DateTime" or "DateTime?";

    private static bool IsWall(ExpressionSyntax expression, HashSet<string> members) => expression switch
    {
        ParenthesizedExpressionSyntax inner => IsWall(inner.Expression, members),
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax call } => call.Name.Identifier.Text == "GetUtcNow",
        BinaryExpressionSyntax sum when sum.IsKind(SyntaxKind.AddExpression) => IsWall(sum.Left, members),
        BinaryExpressionSyntax rest when rest.IsKind(SyntaxKind.SubtractExpression) =>
            IsWall(rest.Left, members) && !IsWall(rest.Right, members),
        MemberAccessExpressionSyntax member => members.Contains(member.Name.Identifier.Text),
        IdentifierNameSyntax name => IsWallName(name, members),
        _ => false,
    };

    /// <summary>A local or a parameter of the method around it, or else a member.</summary>
    private static bool IsWallName(IdentifierNameSyntax name, HashSet<string> members)
    {
        string text = name.Identifier.Text;
        if (name.FirstAncestorOrSelf<MemberDeclarationSyntax>(static node => node is BaseMethodDeclarationSyntax) is not { } method)
        {
            return members.Contains(text);
        }

        foreach (SyntaxNode node in method.DescendantNodes())
        {
            switch (node)
            {
                case ParameterSyntax { Type: { } type } parameter when parameter.Identifier.Text == text:
                    return IsTimeOfDay(type);
                case VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax declaration } variable
                    when variable.Identifier.Text == text:
                    return IsTimeOfDay(declaration.Type)
                        || (declaration.Type.IsVar && variable.Initializer is { } initial && IsWall(initial.Value, members));
                case DeclarationExpressionSyntax { Designation: SingleVariableDesignationSyntax designation } declared
                    when designation.Identifier.Text == text:
                    return IsTimeOfDay(declared.Type);
            }
        }

        return members.Contains(text);
    }
}
