using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Trireme.Testing;

namespace Trireme.Architecture.Tests;

/// <summary>The parsed files of a project, parsed once for all tests.</summary>
internal static class SourceModel
{
    private static readonly ConcurrentDictionary<string, IReadOnlyList<SyntaxTree>> Trees = new();

    public static IEnumerable<string> Projects => SourceTree.Projects("src").Select(path => Path.GetFileNameWithoutExtension(path));

    public static IReadOnlyList<SyntaxTree> Of(string project) => Trees.GetOrAdd(project, static name =>
        [.. SourceTree.Files("*.cs", $"src/{name}").Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), path: file))]);

    /// <summary>Path and line of a piece of source, as people jump to it.</summary>
    public static string Place(SyntaxNodeOrToken where)
    {
        FileLinePositionSpan span = where.GetLocation()!.GetLineSpan();
        return $"{Path.GetRelativePath(Repository.Root, span.Path)}:{span.StartLinePosition.Line + 1}";
    }
}
