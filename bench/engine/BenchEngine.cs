using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;

namespace Trireme.Engine.Benchmarks;

/// <summary>The engine in this process. Prompts are random tokens, so that no two share a prefix.</summary>
internal sealed class BenchEngine : IAsyncDisposable
{
    private readonly InferenceEngine _engine;
    private readonly Random _random = new(1);
    private int _requests;

    private BenchEngine(InferenceEngine engine) => _engine = engine;

    public long ParameterCount => _engine.Model.ParameterCount;

    public int VocabularySize => _engine.Model.VocabularySize;

    public static async Task<BenchEngine> LoadAsync(string model, int threads, CancellationToken cancellationToken)
    {
        var options = new EngineOptions
        {
            ModelName = "bench",
            Threads = threads,
            ContextLength = 1024,
            MaxSequences = 16,
            // llama.cpp's micro-batch.
            MaxBatchedTokens = 512,
            InterTokenTarget = null,
            PrefixCaching = false,
            MemoryBytes = 8L << 30,
        };
        var engine = await InferenceEngine.LoadAsync(
            model, options, new MetricRegistry(), NullLoggerFactory.Instance, TimeProvider.System, cancellationToken);
        return new BenchEngine(engine);
    }

    /// <summary>Tokens per second of some streams together, from when all have their first token.</summary>
    public async Task<double> DecodeAsync(int streams, int promptTokens, int tokens)
    {
        Task<(long First, List<long> Times)>[] answers =
            [.. Enumerable.Range(0, streams).Select(_ => AnswerAsync(promptTokens, tokens))];
        (long First, List<long> Times)[] done = await Task.WhenAll(answers);
        long start = done.Max(answer => answer.First);
        long end = done.Max(answer => answer.Times[^1]);
        int counted = done.Sum(answer => answer.Times.Count(time => time > start));
        return counted / Stopwatch.GetElapsedTime(start, end).TotalSeconds;
    }

    /// <summary>Prompt tokens per second until the first token.</summary>
    public async Task<double> PrefillAsync(int promptTokens)
    {
        long start = Stopwatch.GetTimestamp();
        (long first, _) = await AnswerAsync(promptTokens, tokens: 1);
        return promptTokens / Stopwatch.GetElapsedTime(start, first).TotalSeconds;
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private async Task<(long First, List<long> Times)> AnswerAsync(int promptTokens, int tokens)
    {
        var request = new GenerationRequest
        {
            Id = $"bench-{Interlocked.Increment(ref _requests)}",
            PromptTokens = Prompt(promptTokens),
            Sampling = new SamplingOptions { Temperature = 0, MaxTokens = tokens, IgnoreEndOfSequence = true },
        };
        SubmitResult submitted = _engine.Submit(request, CancellationToken.None);
        if (submitted.Events is null) throw new InvalidOperationException(submitted.Message);
        var times = new List<long>(tokens);
        await foreach (TokenEvent token in submitted.Events.ReadAllAsync())
        {
            if (token.TokenId is not null) times.Add(Stopwatch.GetTimestamp());
        }

        return (times[0], times);
    }

    private int[] Prompt(int count)
    {
        lock (_random) return [.. Enumerable.Range(0, count).Select(_ => _random.Next(VocabularySize - 2))];
    }
}
