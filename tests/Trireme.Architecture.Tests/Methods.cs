using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Trireme.Architecture.Tests;

/// <summary>The methods of a source file with their length, signature and braces included.</summary>
internal static class Methods
{
    public static IEnumerable<(string Name, int FirstLine, int Lines)> In(string source) =>
        CSharpSyntaxTree.ParseText(source).GetRoot().DescendantNodes().OfType<BaseMethodDeclarationSyntax>().Select(method =>
        {
            FileLinePositionSpan span = method.SyntaxTree.GetLineSpan(method.Span);
            string name = method is MethodDeclarationSyntax named ? named.Identifier.Text : "constructor or operator";
            return (name, span.StartLinePosition.Line + 1, span.EndLinePosition.Line - span.StartLinePosition.Line + 1);
        });
}
