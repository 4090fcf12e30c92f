using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Inference.Adapters;
using Trireme.Inference.Caching;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;
using Trireme.Inference.Models;
using Trireme.Inference.Speculation;

namespace Trireme.Inference.Tests.Engine;

/// <summary>An engine loop over a given model, by default one that recites the alphabet.</summary>
internal sealed class LoopBench : IAsyncDisposable
{
    private const int Letters = 26;

    public LoopBench(
        ILanguageModel? model = null,
        EngineOptions? options = null,
        int blocks = 64,
        int contextLength = 200,
        TimeProvider? time = null,
        KvCache? cache = null,
        AdapterStore? adapters = null,
        Func<IEngineMemory, (IDrafter Drafter, IEngineMemory Memory)>? drafting = null)
    {
        Memory = new TestMemory(blocks, cache);
        options ??= new EngineOptions { ModelName = "test" };
        model ??= Model;
        IEngineMemory memory = Memory;
        Speculator? speculator = null;
        if (options.Speculation is { } speculation)
        {
            (IDrafter drafter, memory) = drafting?.Invoke(Memory) ?? (new NgramDrafter(speculation), Memory);
            var counters = new SpeculationMetrics(Metrics, options.ModelName, speculation.DraftTokensMax);
            speculator = new Speculator(speculation, options.MaxSequences, drafter, counters);
        }

        var limits = new AnswerLimits(contextLength, new HashSet<int> { model.VocabularySize - 1 }, model.HiddenSize);
        var tokenizer = new AlphabetTokenizer(model.VocabularySize);
        Load = new EngineMetrics(Metrics, options.ModelName, time ?? TimeProvider.System);
        time ??= TimeProvider.System;
        Loop = new EngineLoop(model, memory, tokenizer, limits, options, Load, NullLogger.Instance, time, adapters, speculator);
        Loop.Start();
    }

    public AlphabetModel Model { get; } = new(Letters + 1);

    public TestMemory Memory { get; }

    public MetricRegistry Metrics { get; } = new();

    public EngineLoop Loop { get; }

    private EngineMetrics Load { get; }

    public static GenerationRequest Request(string prompt, SamplingOptions? sampling = null, string? salt = null) => new()
    {
        Id = prompt,
        PromptTokens = new AlphabetTokenizer(Letters + 1).Encode(prompt),
        Sampling = sampling ?? new SamplingOptions { Temperature = 0, MaxTokens = 3 },
        CacheSalt = salt,
    };

    public Task<Answer> Ask(string prompt, SamplingOptions? sampling = null, string? salt = null) => Ask(Request(prompt, sampling, salt));

    public Task<Answer> Ask(GenerationRequest request) => AskUntil(request, CancellationToken.None);

    /// <summary>Asks as a client that leaves when the token is cancelled.</summary>
    public Task<Answer> AskUntil(GenerationRequest request, CancellationToken left)
    {
        SubmitResult result = Loop.Submit(request, left);
        Assert.Null(result.Message);
        return Answer.Read(result.Events!);
    }

    /// <summary>The value of one series, written as in the text format without the labels every series has.</summary>
    public double Metric(string name, string furtherLabels = "")
    {
        string start = $"{name}{{model_name=\"test\",engine=\"0\"{furtherLabels}}} ";
        string line = Metrics.ToText().Split('\n').Single(line => line.StartsWith(start, StringComparison.Ordinal));
        return double.Parse(line[start.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    public ValueTask DisposeAsync() => Loop.DisposeAsync();
}
