using System.Security.Cryptography;
using Trireme.Contracts.Storage;
using Trireme.Hosting.Usage;

namespace Trireme.Backup;

/// <summary>
/// Which files of a data folder a backup holds: the store, and what makes it this platform. Left out is what a start makes again
/// (kubeconfig, endpoints), what belongs to processes of one machine (replicas), logs, and model files, which have their own place.
/// </summary>
internal static class BackupContent
{
    public const string Database = "objects.db";

    /// <summary>Databases beside it: what clients used, and responses that are kept for them.</summary>
    public static readonly string[] SideDatabases = ["usage.db", "responses.db"];

    /// <summary>What clients used and is not in that database yet.</summary>
    public const string SpoolFolder = "usage";

    /// <summary>Keys, certificates and tokens are some kilobytes.</summary>
    public const long MaxFileBytes = 1 << 20;

    /// <summary>Most files of a backup: some keys per folder, and a margin.</summary>
    public const int MaxFiles = 1000;

    /// <summary>Names of the small files in the folder itself.</summary>
    public static readonly string[] Files = ["token", "tokens.csv"];

    private static readonly string[] Folders = ["pki", "credentials"];

    /// <summary>The small files there are, by their names below the folder, in order.</summary>
    /// <exception cref="InvalidDataException">There are far more than a platform has.</exception>
    public static IReadOnlyList<string> Find(string root)
    {
        List<string> found = [.. Files.Where(name => File.Exists(Path.Combine(root, name)))];
        foreach (string folder in Folders)
        {
            string path = Path.Combine(root, folder);
            RegularFile.ThrowIfNoFolder(path);
            if (!Directory.Exists(path)) continue;
            var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
            found.AddRange(Directory.EnumerateFiles(path, "*", options)
                .Select(file => Path.GetRelativePath(root, file))
                .Order(StringComparer.Ordinal)
                .Take(MaxFiles + 1));
        }

        if (found.Count > MaxFiles) throw new InvalidDataException($"{root} holds more than {MaxFiles} keys and certificates");
        return found;
    }

    /// <summary>Whether a backup may hold a file of this name; a name can lead nowhere else.</summary>
    public static bool Allows(string name)
    {
        string[] parts = name.Split('/');
        bool plain = parts.All(static part => part.Length > 0 && part is not ("." or "..") && !part.Contains('\0') && !part.Contains('\\'));
        return plain && (parts.Length == 1 ? IsDatabase(name) || Files.Contains(name) : IsSpool(name) || Folders.Contains(parts[0]));
    }

    /// <summary>Most bytes that a file of this name may have.</summary>
    public static long LimitOf(string name) => IsDatabase(name) || IsSpool(name) ? long.MaxValue : MaxFileBytes;

    /// <summary>Whether it is one of the keys and certificates.</summary>
    public static bool IsSecret(string name) => !IsDatabase(name) && !IsSpool(name);

    private static bool IsDatabase(string name) => name == Database || SideDatabases.Contains(name);

    private static bool IsSpool(string name) =>
        Path.GetDirectoryName(name) == SpoolFolder && name.EndsWith(UsagePlace.SpoolExtension, StringComparison.Ordinal);

    public static BackupFile Describe(string name, string path)
    {
        using var file = RegularFile.OpenRead(path, bufferBytes: 4096);
        return new BackupFile(name, file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }
}
