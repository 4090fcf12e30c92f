using Trireme.Contracts.Resources;

namespace Trireme.Operator.Artifacts;

/// <summary>Which of a server's files an address means.</summary>
internal static class Selection
{
    /// <param name="path">What the address names; empty for everything.</param>
    /// <param name="all">Files with the names the server gives them.</param>
    /// <returns>Those that are meant, named from the folder they go to, and whether the address names a file.</returns>
    public static (IReadOnlyList<RemoteFile> Files, bool IsFile) Of(string path, IReadOnlyList<RemoteFile> all)
    {
        if (path.Length > 0 && all.Any(file => file.Name == path))
        {
            // The parts of a split model belong together, whichever of them is named.
            IReadOnlyList<string> parts = GgufParts.Of(path);
            return ([.. all.Where(file => parts.Contains(file.Name)).Select(file => file with { Name = FileName(file.Name) })], true);
        }

        string prefix = path.Length == 0 ? "" : path + "/";
        return (
            [
                .. all.Where(file => file.Name.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(file => file with { Name = file.Name[prefix.Length..] })
                    .Where(file => RemoteNames.IsOfModel(file.Name)),
            ],
            false);
    }

    private static string FileName(string path) => path[(path.LastIndexOf('/') + 1)..];
}
