using Trireme.Testing;

namespace Trireme.Architecture.Tests;

/// <summary>The files people write, without what builds leave behind.</summary>
internal static class SourceTree
{
    private static readonly string[] Generated = ["artifacts", "bin", "obj", "node_modules"];

    public static IEnumerable<string> Files(string pattern, params string[] folders) =>
        folders
            .Select(folder => Repository.PathOf(folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories))
            .Where(path => !Path.GetRelativePath(Repository.Root, path).Split('/').Any(part => Generated.Contains(part)));

    public static IEnumerable<string> Projects(params string[] folders) => Files("*.csproj", folders);
}
