using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Trireme.Architecture.Tests;

/// <summary>A header that two programs agree on is spelled in one place, TriremeHeaders, and nowhere a second time.</summary>
public sealed partial class HeaderTests
{
    private const string Home = "src/Trireme.Contracts/Http/TriremeHeaders.cs";

    [Fact]
    public void A_header_of_ours_is_spelled_in_one_place() => Breaches.None(
        from project in SourceModel.Projects
        from tree in SourceModel.Of(project)
        from token in tree.GetRoot().DescendantTokens()
        where token.IsKind(SyntaxKind.StringLiteralToken) || token.IsKind(SyntaxKind.Utf8StringLiteralToken)
            || token.IsKind(SyntaxKind.InterpolatedStringTextToken)
        where Header().IsMatch(token.ValueText)
        let place = SourceModel.Place(token)
        where !place.StartsWith(Home, StringComparison.Ordinal)
        select $"{place} {token.Text}",
        $"Use the constant in {Home}.");

    [GeneratedRegex("^x-(trireme-.*|request-id|should-retry|session-id)$", RegexOptions.IgnoreCase)]
    private static partial Regex Header();
}
