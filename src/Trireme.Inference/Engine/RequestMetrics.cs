using Trireme.Contracts.Metrics;

namespace Trireme.Inference.Engine;

/// <summary>vLLM's families about what requests ask for and where their prompts come from.</summary>
internal sealed class RequestMetrics
{
    private static readonly double[] AnswerBounds = [1, 2, 5, 10, 20];

    private readonly Counter.Series _computed;
    private readonly Counter.Series _cached;
    private readonly Counter.Series _fromCache;
    private readonly Histogram.Series _answers;
    private readonly Histogram.Series _maxTokens;
    private readonly Histogram.Series _timePerToken;

    /// <param name="registry">Where they are registered.</param>
    /// <param name="labels">Names of the labels that all of the engine's families have.</param>
    /// <param name="values">Their values.</param>
    /// <param name="load">Counts the requests that wait.</param>
    public RequestMetrics(MetricRegistry registry, string[] labels, string[] values, EngineLoad load)
    {
        Gauge waiting =
            registry.Gauge(EngineMetricNames.RequestsWaitingByReason, "Requests that wait, by what for.", [.. labels, "reason"]);
        waiting.With([.. values, "capacity"]).SetSource(() => load.Waiting);
        // A request whose adapter is read again waits for room like any other.
        waiting.With([.. values, "deferred"]).SetSource(static () => 0);
        Counter sources =
            registry.Counter(EngineMetricNames.PromptTokensBySource, "Prompt tokens, by where they come from.", [.. labels, "source"]);
        _computed = sources.With([.. values, "local_compute"]);
        _fromCache = sources.With([.. values, "local_cache_hit"]);
        _cached = registry
            .Counter(EngineMetricNames.PromptTokensCached, "Prompt tokens that were not computed again.", labels)
            .With(values);
        _answers = registry.Histogram(EngineMetricNames.RequestParamsN, "Answers asked for.", AnswerBounds, labels).With(values);
        _maxTokens = registry
            .Histogram(EngineMetricNames.RequestParamsMaxTokens, "Longest answer asked for, in tokens.", MetricBuckets.Tokens, labels)
            .With(values);
        _timePerToken = registry
            .Histogram(
                EngineMetricNames.RequestTimePerOutputToken,
                "Seconds per token of an answer behind its first.",
                MetricBuckets.InterTokenLatency,
                labels)
            .With(values);
    }

    /// <summary>Counts a prompt once it is computed.</summary>
    public void PromptEnded(ActiveRequest request)
    {
        int cached = Math.Min(request.CachedTokens, request.PromptLength);
        _cached.Add(cached);
        _fromCache.Add(cached);
        _computed.Add(request.PromptLength - cached);
    }

    /// <summary>Counts a request that has ended.</summary>
    /// <param name="request">One of its answers.</param>
    /// <param name="decodeSeconds">From its first token to its last.</param>
    public void Finished(ActiveRequest request, double decodeSeconds)
    {
        if (request.Pool is not null) return;
        _timePerToken.Observe(request.GeneratedCount > 1 ? decodeSeconds / (request.GeneratedCount - 1) : 0);
        if (request.Choice > 0) return;
        _answers.Observe(request.Forks.Count + 1);
        _maxTokens.Observe(request.Sampling.MaxTokens ?? request.GeneratedCount + request.AnswerLeft);
    }
}
