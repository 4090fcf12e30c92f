using System.Security.Cryptography;
using System.Text;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Operator.Releases;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Releases;

/// <summary>Two model folders, "first" and "second", and the verification of releases against them.</summary>
internal sealed class ReleaseBench : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ReleaseReader _reader;

    public ReleaseBench() => _reader = new ReleaseReader([Place("first"), Place("second")], new FileDigests(TimeProvider.System));

    public static DateTimeOffset Now { get; } = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public static Condition Verified(ReleaseStatus status) => status.Conditions.Find(ReleaseConditions.Verified)!;

    public static string Digest(string content) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    public string Place(params string[] parts) => _folder.File(parts);

    public void Write(string path, string content)
    {
        string file = Place(path.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    public async Task<ReleaseStatus> VerifyAsync(Release release, DateTimeOffset? now = null)
    {
        ReleaseObservation seen = await _reader.ReadAsync(
            EngineFiles.Of(release.Spec), comparesParts: true, TestContext.Current.CancellationToken);
        return ReleaseStatusPlan.Next(release, seen, now ?? Now);
    }

    public void Dispose() => _folder.Dispose();
}
