using System.Collections.Concurrent;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.Operator.Releases;

/// <summary>Looks whether a release's parts belong together, once for the same files.</summary>
internal sealed class PartsReader
{
    /// <summary>Past it all are forgotten and looked at again.</summary>
    private const int KnownMax = 4096;

    /// <summary>A tokenizer takes tens of megabytes while it is read.</summary>
    private const int ReadingsMax = 2;

    private const long TemplateBytesMax = 4 << 20;

    private readonly ConcurrencyGate _readings = new(ReadingsMax);
    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>What does not fit; null if nothing is known not to.</summary>
    public async Task<string?> MismatchAsync(ReleaseObservation seen, CancellationToken cancellationToken)
    {
        if (seen.Model is not { IsFile: false, Unreadable: null, ResolvedPath: { } folder, Artifacts.Count: > 0 }) return null;
        string key = CanonicalJson.Sha256(seen.Sources().Select(static source => source.Artifacts));
        if (_known.TryGetValue(key, out string? known)) return known.Length == 0 ? null : known;
        string? found = await _readings.RunAsync(() => Task.FromResult(Find(seen, folder)), cancellationToken);
        if (_known.Count >= KnownMax) _known.Clear();
        _known[key] = found ?? "";
        return found;
    }

    private static string? Find(ReleaseObservation seen, string folder)
    {
        try
        {
            var model = ModelParts.Read(folder, [.. seen.Model.Artifacts.Select(static file => file.File)]);
            if (PartsMismatch.Of(model, Template(seen.ChatTemplate)) is { } mismatch) return mismatch;
            foreach ((string name, SourceObservation source) in seen.Adapters)
            {
                if (source.ResolvedPath is null) continue;
                TensorShape? input = SafetensorsHeader.Find(
                    Path.Combine(source.ResolvedPath, "adapter_model.safetensors"),
                    static tensor => tensor.EndsWith(".self_attn.q_proj.lora_A.weight", StringComparison.Ordinal));
                if (PartsMismatch.OfAdapter(name, model, input) is { } unfit) return unfit;
            }

            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && !SystemShortage.IsBehind(exception))
        {
            // Whoever digests the files says what cannot be read.
            return null;
        }
    }

    private static string? Template(SourceObservation? source)
    {
        if (source?.ResolvedPath is not { } path || source.Unreadable is not null || source.SizeBytes > TemplateBytesMax) return null;
        return File.ReadAllText(path);
    }
}
