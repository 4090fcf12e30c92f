using System.Diagnostics;
using System.Globalization;
using Trireme.Inference.Engine;

namespace Trireme.Engine.Benchmarks;

/// <summary>What only whole servers show: shared prefixes, starting, and memory. Both are asked over OpenAI's completions.</summary>
internal sealed class ServerComparison(string model, string name, LlamaCpp peer, string trireme, int threads)
{
    private const int PrefixTokens = 1000;
    private const int OwnTokens = 32;
    private const int Tenants = 16;

    /// <summary>A server that serves every tenant at once.</summary>
    private const int SlotTokens = 1280;

    private const int MemoryStreams = 4;
    private const int MemoryContext = 1024;

    private readonly Random _random = new(2);

    /// <summary>
    /// Mean time to first token of sixteen tenants who ask at once after a first one has asked: their prompts share their beginning.
    /// </summary>
    public async Task<IReadOnlyList<MeasureResult>> PrefixAsync(int rounds)
    {
        var cached = new List<double>();
        var uncached = new List<double>();
        var peers = new List<double>();
        await using BenchServer ours = await StartTriremeAsync(SlotTokens, Tenants + 1);
        await using BenchServer theirs = await StartPeerAsync(SlotTokens, Tenants + 1);
        for (int round = 0; round < rounds; round++)
        {
            cached.Add(await TenantsAsync(ours, salted: false));
            uncached.Add(await TenantsAsync(ours, salted: true));
            peers.Add(await TenantsAsync(theirs, salted: false));
        }

        var against = new MeasureResult
        {
            Model = name, Measure = "TTFT, shared prefix", Unit = "s", Ours = cached, Peers = peers, LowerIsBetter = true, Wanted = 1,
        };
        var without = against with
        {
            Measure = "TTFT, shared prefix, against no cache", Peers = uncached, Wanted = 0.2, Note = "peer: Trireme without the cache",
        };
        return [against, without];
    }

    public async Task<MeasureResult> StartAsync(int rounds)
    {
        var ours = new List<double>();
        var theirs = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            await using (BenchServer server = await StartTriremeAsync(SlotTokens, streams: 1)) ours.Add(server.StartSeconds);
            await using (BenchServer server = await StartPeerAsync(SlotTokens, streams: 1)) theirs.Add(server.StartSeconds);
        }

        return new MeasureResult
        {
            Model = name, Measure = "start to first token", Unit = "s", Ours = ours, Peers = theirs, LowerIsBetter = true, Wanted = 1.5,
        };
    }

    /// <summary>Resident memory once all keys and values are in use, over the file's size and the budget for keys and values.</summary>
    public async Task<MeasureResult> MemoryAsync()
    {
        var options = new EngineOptions { ModelName = name, Threads = threads, ContextLength = MemoryContext };
        ModelFit fit = ModelFit.Of(model, options, MemoryStreams);
        await using BenchServer server = await StartTriremeAsync(MemoryContext, MemoryStreams, fit.KvCacheBytes);
        await Task.WhenAll(Enumerable.Range(0, MemoryStreams).Select(_ => server.FirstTokenSecondsAsync(Prompt(MemoryContext - 8), null)));
        double bounds = new FileInfo(model).Length + fit.KvCacheBytes;
        double resident = server.ResidentBytes();
        return new MeasureResult
        {
            Model = name,
            Measure = "resident memory over file and KV budget",
            Unit = "",
            Ours = [resident / bounds],
            Peers = [],
            LowerIsBetter = true,
            Wanted = 1.15,
            Note = string.Create(
                CultureInfo.InvariantCulture,
                $"resident {Mebibytes(resident)}, file and KV {Mebibytes(bounds)}, model fit says {Mebibytes(fit.TotalBytes)} MiB"),
        };
    }

    private async Task<double> TenantsAsync(BenchServer server, bool salted)
    {
        int[] prefix = Prompt(PrefixTokens);
        await server.FirstTokenSecondsAsync([.. prefix, .. Prompt(OwnTokens)], Salt());
        double[] seconds = await Task.WhenAll(
            Enumerable.Range(0, Tenants).Select(_ => server.FirstTokenSecondsAsync([.. prefix, .. Prompt(OwnTokens)], Salt())));
        return seconds.Average();

        string? Salt() => salted ? _random.Next().ToString(CultureInfo.InvariantCulture) : null;
    }

    private Task<BenchServer> StartTriremeAsync(int context, int streams, long? cacheBytes = null)
    {
        int port = BenchServer.FreePort();
        List<string> arguments =
        [
            "worker", "--model", model, "--port", Number(port), "--threads", Number(threads), "--context", Number(context),
            "--max-sequences", Number(streams), "--memory", "12Gi",
        ];
        if (cacheBytes is { } bytes) arguments.AddRange(["--kv-cache-memory", bytes.ToString(CultureInfo.InvariantCulture)]);
        return BenchServer.StartAsync(new ProcessStartInfo(trireme, arguments), port);
    }

    private Task<BenchServer> StartPeerAsync(int slotTokens, int streams)
    {
        int port = BenchServer.FreePort();
        ProcessStartInfo command = peer.Command(
            LlamaCpp.ServerProgram,
            "-m", LlamaCpp.Inside(model), "--port", Number(port), "-t", Number(threads), "-c", Number(slotTokens * streams),
            "-np", Number(streams), "--no-ui");
        return BenchServer.StartAsync(command, port);
    }

    private int[] Prompt(int count)
    {
        // Tokens that every shape has.
        lock (_random) return [.. Enumerable.Range(0, count).Select(_ => _random.Next(40_000))];
    }

    private static string Mebibytes(double bytes) => (bytes / 1048576).ToString("0", CultureInfo.InvariantCulture);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
