using Trireme.Contracts.Resources;

namespace Trireme.Operator.Artifacts;

/// <summary>What of the store nothing needs any more, and since when.</summary>
internal static class StoreSweep
{
    /// <summary>Names of everything in the store that releases and replicas lead to.</summary>
    /// <param name="layout">The store.</param>
    /// <param name="records">Its sources.</param>
    /// <param name="releases">Every release.</param>
    /// <param name="replicas">Every replica, whose files must outlive the release that named them.</param>
    public static IReadOnlySet<string> Needed(
        ArtifactLayout layout,
        IEnumerable<SourceRecord> records,
        IEnumerable<Release> releases,
        IEnumerable<ModelReplica> replicas)
    {
        HashSet<(string, string)> named =
        [
            .. from release in releases
               from source in release.Status?.Sources ?? []
               where source.Revision is not null
               select (source.Address, source.Revision),
        ];
        HashSet<string> trees =
        [
            .. from replica in replicas
               from source in replica.Spec.Sources()
               let tree = TreeOf(layout, source.LocalPath())
               where tree is not null
               select tree,
        ];
        var needed = new HashSet<string>(StringComparer.Ordinal);
        foreach (SourceRecord record in records)
        {
            if (!named.Contains((record.Address, record.Revision)) && !trees.Contains(record.Tree)) continue;
            needed.Add(Path.GetFileName(layout.Source(record.Address, record.Revision)));
            needed.Add(record.Tree);
            foreach (StoredFile file in record.Files) needed.Add(file.Sha256);
        }

        return needed;
    }

    /// <summary>What has been needless for the grace period, in the order given.</summary>
    /// <param name="present">Everything in the store.</param>
    /// <param name="needed">What is needed of it.</param>
    /// <param name="since">Since when the rest has been needless, on a steady clock; brought up to date.</param>
    /// <param name="now">The same clock now.</param>
    /// <param name="grace">How long it is kept.</param>
    public static IReadOnlyList<string> Expired(
        IReadOnlyList<string> present, IReadOnlySet<string> needed, Dictionary<string, TimeSpan> since, TimeSpan now, TimeSpan grace)
    {
        HashSet<string> needless = [.. present.Where(name => !needed.Contains(name))];
        foreach (string name in since.Keys.Where(name => !needless.Contains(name)).ToList()) since.Remove(name);
        foreach (string name in needless) since.TryAdd(name, now);
        return [.. present.Where(name => since.TryGetValue(name, out TimeSpan begun) && now - begun >= grace)];
    }

    private static string? TreeOf(ArtifactLayout layout, string? path)
    {
        string trees = layout.Trees + Path.DirectorySeparatorChar;
        return path is not null && path.StartsWith(trees, StringComparison.Ordinal) ? path[trees.Length..].Split('/')[0] : null;
    }
}
