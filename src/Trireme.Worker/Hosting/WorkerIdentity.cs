using System.Reflection;

namespace Trireme.Worker.Hosting;

/// <summary>What a worker calls itself in answers, headers and metrics.</summary>
internal sealed record WorkerIdentity
{
    /// <summary>Enough of a hash to tell releases apart; the whole one is in the metrics.</summary>
    private const int ShownHashLength = 12;

    public WorkerIdentity(WorkerOptions options)
    {
        ModelPath = Path.GetFullPath(options.ModelPath);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(ModelPath));
        ModelName = options.ServedModelName ?? (File.Exists(ModelPath) ? Path.GetFileNameWithoutExtension(name) : name);
        ReleaseName = options.ReleaseName;
        ContentHash = options.ContentHash;
        Release = Shorten(options.ReleaseName, options.ContentHash);
    }

    /// <summary>The product's version, without the commit that follows a plus sign.</summary>
    public static string Version { get; } =
        typeof(WorkerIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Name clients call the model by.</summary>
    public string ModelName { get; }

    public string ModelPath { get; }

    public string? ReleaseName { get; }

    public string? ContentHash { get; }

    /// <summary>The release as NAME@HASH, for headers and fingerprints; null for a worker without a release.</summary>
    public string? Release { get; }

    private static string? Shorten(string? name, string? contentHash)
    {
        if (name is null || contentHash is null) return name;
        // Digests are written with their algorithm in front, as in sha256:0123.
        string digest = contentHash[(contentHash.IndexOf(':') + 1)..];
        return $"{name}@{digest[..Math.Min(digest.Length, ShownHashLength)]}";
    }
}
