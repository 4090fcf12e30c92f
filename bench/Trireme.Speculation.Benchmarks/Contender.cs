using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;
using Trireme.Inference.Speculation;

namespace Trireme.Speculation.Benchmarks;

/// <summary>One engine with its way of drafting.</summary>
internal sealed class Contender : IAsyncDisposable
{
    private readonly string _name;
    private readonly InferenceEngine _engine;
    private readonly MetricRegistry _metrics;
    private readonly bool _drafts;
    private readonly List<double> _rates = [];
    private double _draftedBefore;
    private double _acceptedBefore;

    private Contender(string name, InferenceEngine engine, MetricRegistry metrics, bool drafts)
    {
        _name = name;
        _engine = engine;
        _metrics = metrics;
        _drafts = drafts;
    }

    private double Median => _rates.Order().ElementAt(_rates.Count / 2);

    public static async Task<Contender> LoadAsync(string name, string model, WeightPrecision weights, SpeculationOptions? speculation)
    {
        var metrics = new MetricRegistry();
        var options = new EngineOptions
        {
            ModelName = "model", Weights = weights, Speculation = speculation, ContextLength = 512, MaxSequences = 8, PrefixCaching = false,
        };
        InferenceEngine engine = await InferenceEngine.LoadAsync(
            model, options, metrics, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
        return new Contender(name, engine, metrics, speculation is not null);
    }

    /// <summary>Forgets what was measured so far.</summary>
    public void Begin()
    {
        _rates.Clear();
        _draftedBefore = Count(EngineMetricNames.SpeculativeDraftTokens);
        _acceptedBefore = Count(EngineMetricNames.SpeculativeAcceptedTokens);
    }

    public async Task RunAsync(Workload workload, int streams)
    {
        Task<(long First, long Last, int Tokens)>[] answers =
            [.. Enumerable.Range(0, streams).Select(i => AnswerAsync(workload.Request(_engine.Tokenizer, i)))];
        (long First, long Last, int Tokens)[] all = await Task.WhenAll(answers);
        // From the first token on, because prompts cost the same with drafts and without.
        double seconds = Stopwatch.GetElapsedTime(all.Min(answer => answer.First), all.Max(answer => answer.Last)).TotalSeconds;
        _rates.Add(all.Sum(answer => answer.Tokens - 1) / seconds);
    }

    public string Row(Contender baseline)
    {
        string row = $"  {_name,-36} {Median,9:F0} {Median / baseline.Median,16:F2}";
        if (!_drafts) return row;
        double drafted = Count(EngineMetricNames.SpeculativeDraftTokens) - _draftedBefore;
        double accepted = Count(EngineMetricNames.SpeculativeAcceptedTokens) - _acceptedBefore;
        return $"{row} {drafted,9:F0} {(drafted > 0 ? accepted / drafted : 0),10:P0}";
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private async Task<(long First, long Last, int Tokens)> AnswerAsync(GenerationRequest request)
    {
        SubmitResult result = _engine.Submit(request, CancellationToken.None);
        if (result.Events is null) throw new InvalidOperationException(result.Message);
        long first = 0;
        int tokens = 0;
        await foreach (TokenEvent _ in result.Events.ReadAllAsync())
        {
            if (tokens++ == 0) first = Stopwatch.GetTimestamp();
        }

        return (first, Stopwatch.GetTimestamp(), tokens);
    }

    private double Count(string name)
    {
        string start = $"{name}{{model_name=\"model\",engine=\"0\"}} ";
        string? line = _metrics.ToText().Split('\n').FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[start.Length..], CultureInfo.InvariantCulture);
    }
}
