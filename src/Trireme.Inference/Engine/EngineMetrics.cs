using System.Globalization;
using Trireme.Contracts.Metrics;
using Trireme.Inference.Generation;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Engine;

/// <summary>
/// vLLM's metrics with vLLM's interval definitions: queue time runs to the first step, prefill from there to the first token, decode to
/// the last token; time to first token counts from the arrival at the server; a preemption counts into what it delays.
/// </summary>
internal sealed class EngineMetrics
{
    private const string Engine = "0";

    private static readonly string[] Labels = ["model_name", "engine"];

    /// <summary>vLLM's names for the levels of sleep.</summary>
    private static readonly (string Name, SleepLevel Level)[] SleepStates =
    [
        ("awake", SleepLevel.Awake), ("weights_offloaded", SleepLevel.KeepWeights), ("discard_all", SleepLevel.DropWeights),
    ];

    private readonly TimeProvider _time;
    private readonly Counter.Series _prefixQueries;
    private readonly Counter.Series _prefixHits;
    private readonly Counter.Series _preemptions;
    private readonly Counter.Series _promptTokens;
    private readonly Counter.Series _generationTokens;
    private readonly Counter.Series[] _finished;
    private readonly Histogram.Series _iterationTokens;
    private readonly Histogram.Series _timeToFirstToken;
    private readonly Histogram.Series _interTokenLatency;
    private readonly Histogram.Series _endToEnd;
    private readonly Histogram.Series _queueTime;
    private readonly Histogram.Series _prefillTime;
    private readonly Histogram.Series _decodeTime;
    private readonly Histogram.Series _inferenceTime;
    private readonly Histogram.Series _requestPromptTokens;
    private readonly Histogram.Series _requestGenerationTokens;
    private readonly RequestMetrics _requests;

    public EngineMetrics(MetricRegistry registry, string modelName, TimeProvider time)
    {
        _time = time;
        Load = new EngineLoad();
        Gauge(EngineMetricNames.RequestsRunning, "Requests that take part in steps.", () => Load.Running);
        Gauge(EngineMetricNames.RequestsWaiting, "Requests that wait for a step.", () => Load.Waiting);
        Gauge(EngineMetricNames.KvCacheUsage, "Share of key-value blocks in use; 1 is all.", () => Load.CacheUsage);
        Gauge sleep = registry.Gauge(EngineMetricNames.SleepState, "1 for the state the engine is in.", [.. Labels, "sleep_state"]);
        foreach ((string state, SleepLevel level) in SleepStates)
        {
            sleep.With(modelName, Engine, state).SetSource(() => Load.SleepLevel == level ? 1 : 0);
        }

        _prefixQueries = Counter(EngineMetricNames.PrefixCacheQueries, "Prompt tokens looked up in the prefix cache.");
        _prefixHits = Counter(EngineMetricNames.PrefixCacheHits, "Prompt tokens found in the prefix cache.");
        _preemptions = Counter(EngineMetricNames.Preemptions, "Requests that lost their blocks to others and start again.");
        _promptTokens = Counter(EngineMetricNames.PromptTokens, "Prompt tokens of requests whose prompt is computed.");
        _generationTokens = Counter(EngineMetricNames.GenerationTokens, "Tokens generated.");
        Counter finished =
            registry.Counter(EngineMetricNames.RequestSuccess, "Requests ended, by reason.", [.. Labels, "finished_reason"]);
        _finished = [.. Enum.GetValues<FinishReason>().Select(reason => finished.With(modelName, Engine, Name(reason)))];
        _iterationTokens = Histogram(EngineMetricNames.IterationTokens, "Tokens computed per step.", MetricBuckets.Tokens);
        _timeToFirstToken =
            Histogram(EngineMetricNames.TimeToFirstToken, "Seconds from arrival to the first token.", MetricBuckets.TimeToFirstToken);
        _interTokenLatency =
            Histogram(EngineMetricNames.InterTokenLatency, "Seconds from one token to the next.", MetricBuckets.InterTokenLatency);
        _endToEnd = Histogram(EngineMetricNames.EndToEndLatency, "Seconds from arrival to the last token.", MetricBuckets.RequestSeconds);
        _queueTime = Histogram(EngineMetricNames.QueueTime, "Seconds in the queue.", MetricBuckets.RequestSeconds);
        _prefillTime =
            Histogram(EngineMetricNames.PrefillTime, "Seconds from the first step to the first token.", MetricBuckets.RequestSeconds);
        _decodeTime = Histogram(EngineMetricNames.DecodeTime, "Seconds from the first token to the last.", MetricBuckets.RequestSeconds);
        _inferenceTime =
            Histogram(EngineMetricNames.InferenceTime, "Seconds from the first step to the last token.", MetricBuckets.RequestSeconds);
        _requestPromptTokens = Histogram(EngineMetricNames.RequestPromptTokens, "Prompt tokens per request.", MetricBuckets.Tokens);
        _requestGenerationTokens =
            Histogram(EngineMetricNames.RequestGenerationTokens, "Generated tokens per request.", MetricBuckets.Tokens);
        _requests = new RequestMetrics(registry, Labels, [modelName, Engine], Load);

        Counter.Series Counter(string name, string help) => registry.Counter(name, help, Labels).With(modelName, Engine);
        void Gauge(string name, string help, Func<double> read) =>
            registry.Gauge(name, help, Labels).With(modelName, Engine).SetSource(read);
        Histogram.Series Histogram(string name, string help, double[] bounds) =>
            registry.Histogram(name, help, bounds, Labels).With(modelName, Engine);
    }

    public EngineLoad Load { get; }

    /// <summary>Says once how the cache is laid out, under vLLM's label names.</summary>
    public static void DescribeCache(MetricRegistry registry, EngineOptions options, int blockCount) =>
        registry
            .Gauge(
                EngineMetricNames.CacheConfigInfo,
                "How keys and values are stored.",
                [.. Labels, "block_size", "num_gpu_blocks", "cache_dtype", "enable_prefix_caching"])
            .With(
                options.ModelName,
                Engine,
                options.BlockSize.ToString(CultureInfo.InvariantCulture),
                blockCount.ToString(CultureInfo.InvariantCulture),
                "float32",
                options.PrefixCaching ? "True" : "False")
            .Set(1);

    public void Scheduled(ScheduledStep step)
    {
        long now = _time.GetTimestamp();
        _iterationTokens.Observe(step.TokenCount);
        _preemptions.Add(step.Preempted.Count);
        foreach (Sequence sequence in step.Started)
        {
            var request = (ActiveRequest)sequence;
            request.Timings.StartedAt = now;
            request.Adapter?.Start();
            _queueTime.Observe(Seconds(request.Timings.QueuedAt, now));
            // Further answers share the first one's prompt, which counts once.
            if (!sequence.SharesPrefix || request.Choice > 0) continue;
            _prefixQueries.Add(sequence.PromptLength);
            _prefixHits.Add(sequence.CachedTokens);
        }
    }

    /// <summary>Counts sequences that lost their blocks outside of planning.</summary>
    public void Preempted(int sequences) => _preemptions.Add(sequences);

    /// <summary>Counts a token of an answer.</summary>
    /// <param name="request">The answer.</param>
    /// <param name="place">0 for the first token of a step; those after it come with it, so no time lies between them.</param>
    public void Generated(ActiveRequest request, int place)
    {
        RequestTimings timings = request.Timings;
        long now = _time.GetTimestamp();
        _generationTokens.Add();
        if (place > 0) return;
        if (timings.LastTokenAt is { } last)
        {
            _interTokenLatency.Observe(Seconds(last, now));
        }
        else
        {
            timings.FirstTokenAt = now;
            _timeToFirstToken.Observe(Seconds(timings.ArrivedAt, now));
            _prefillTime.Observe(Seconds(timings.StartedAt ?? now, now));
            if (request.Choice == 0) PromptComputed(request);
        }

        timings.LastTokenAt = now;
    }

    /// <summary>Counts a prompt that was computed, for an answer or for its own sake.</summary>
    public void PromptComputed(ActiveRequest request)
    {
        if (request.Choice > 0) return;
        _promptTokens.Add(request.PromptLength);
        _requests.PromptEnded(request);
    }

    public void Finished(ActiveRequest request, FinishReason reason)
    {
        RequestTimings timings = request.Timings;
        _finished[(int)reason].Add();
        _endToEnd.Observe(Seconds(timings.ArrivedAt, _time.GetTimestamp()));
        if (request.Choice == 0) _requestPromptTokens.Observe(request.PromptLength);
        _requestGenerationTokens.Observe(request.GeneratedCount);
        if (timings is not { StartedAt: { } started, FirstTokenAt: { } first, LastTokenAt: { } last }) return;
        _decodeTime.Observe(Seconds(first, last));
        _requests.Finished(request, Seconds(first, last));
        _inferenceTime.Observe(Seconds(started, last));
    }

    private double Seconds(long from, long to) => _time.GetElapsedTime(from, to).TotalSeconds;

    private static string Name(FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        FinishReason.Abort => "abort",
        FinishReason.Expired => "expired",
        _ => "error",
    };
}
