using System.Runtime.CompilerServices;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;

namespace Trireme.Engine.Benchmarks;

/// <summary>All measures of one model. The rounds of both engines alternate, so that what else runs falls on both alike.</summary>
internal sealed class Comparison(string model, LlamaCpp peer, string trireme, int threads)
{
    private const int DecodeTokens = 64;
    private const int PrefillTokens = 512;
    private const int CrowdPromptTokens = 16;

    /// <summary>Sixteen tenants' thousand tokens take llama.cpp's server minutes with larger models.</summary>
    private const long PrefixFileBytesMax = 200 << 20;

    private const string Decode = "decode-1";
    private const string Prefill = "prefill-512";
    private const string CrowdOf8 = "decode-8";
    private const string CrowdOf16 = "decode-16";
    private const string Busy = "decode-busy";
    private const string PrefixCache = "prefix";
    private const string Start = "start";
    private const string Memory = "memory";

    private readonly string _name = Path.GetFileNameWithoutExtension(model);

    public static IReadOnlyList<string> MeasureNames { get; } = [Decode, Prefill, CrowdOf8, CrowdOf16, Busy, PrefixCache, Start, Memory];

    public async IAsyncEnumerable<MeasureResult> RunAsync(
        IReadOnlyCollection<string> measures, int rounds, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (measures.Any(name => name is Decode or Prefill or CrowdOf8 or CrowdOf16 or Busy))
        {
            await using BenchEngine engine = await BenchEngine.LoadAsync(model, threads, cancellationToken);
            await engine.DecodeAsync(1, 1, DecodeTokens);
            await engine.PrefillAsync(PrefillTokens);
            foreach (string name in measures)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (await EngineMeasureAsync(name, engine, rounds) is { } result) yield return result;
            }
        }

        var servers = new ServerComparison(model, _name, peer, trireme, threads);
        if (measures.Contains(PrefixCache) && new FileInfo(model).Length <= PrefixFileBytesMax)
        {
            foreach (MeasureResult result in await servers.PrefixAsync(rounds)) yield return result;
        }

        if (measures.Contains(Start)) yield return await servers.StartAsync(rounds);
        if (measures.Contains(Memory)) yield return await servers.MemoryAsync();
    }

    private async Task<MeasureResult?> EngineMeasureAsync(string name, BenchEngine engine, int rounds)
    {
        switch (name)
        {
            case Decode:
                return await AlternateAsync(
                    "decode, 1 stream",
                    1.0,
                    rounds,
                    () => engine.DecodeAsync(1, 1, DecodeTokens),
                    () => peer.DecodeAsync(model, DecodeTokens),
                    rate => rate * BytesPerToken() / MachineFloor.ReadBytesPerSecond(threads));
            case Prefill:
                return await AlternateAsync(
                    "prefill, 512 tokens",
                    1.3,
                    rounds,
                    () => engine.PrefillAsync(PrefillTokens),
                    () => peer.PrefillAsync(model, PrefillTokens),
                    rate => rate * OperationsPerToken(engine) / MachineFloor.OperationsPerSecond(threads));
            case CrowdOf8:
            case CrowdOf16:
                int streams = name == CrowdOf8 ? 8 : 16;
                return await AlternateAsync(
                    $"decode, {streams} streams",
                    1.3,
                    rounds,
                    () => engine.DecodeAsync(streams, CrowdPromptTokens, DecodeTokens),
                    () => peer.BatchedDecodeAsync(model, streams, CrowdPromptTokens, DecodeTokens));
            case Busy:
                using (var busy = new BusyProcess())
                {
                    return await AlternateAsync(
                        "decode, other processes at 100 %",
                        2.0,
                        rounds,
                        () => engine.DecodeAsync(1, 1, DecodeTokens),
                        () => peer.DecodeAsync(model, DecodeTokens));
                }

            default:
                return null;
        }
    }

    private async Task<MeasureResult> AlternateAsync(
        string measure, double wanted, int rounds, Func<Task<double>> ours, Func<Task<double>> peers, Func<double, double>? share = null)
    {
        var first = new List<double>();
        var second = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            first.Add(await ours());
            second.Add(await peers());
        }

        var result = new MeasureResult
        {
            Model = _name, Measure = measure, Unit = "tok/s", Ours = first, Peers = second, Wanted = wanted,
        };
        return share is null ? result : result with { FloorShare = share(result.OurMedian) };
    }

    /// <summary>All weights: a token reads each once, and the embedding, which the three shapes tie, as the output matrix.</summary>
    private double BytesPerToken() =>
        ModelFit.Of(model, new EngineOptions { ModelName = _name, Threads = threads }, streams: 1).WeightBytes;

    /// <summary>A product and a sum for each weight of the layers; only a prompt's last token goes through the output matrix.</summary>
    private double OperationsPerToken(BenchEngine engine)
    {
        using var stored = StoredModel.Open(model);
        return 2.0 * (engine.ParameterCount - ((double)stored.Config.VocabularySize * stored.Config.HiddenSize));
    }
}
