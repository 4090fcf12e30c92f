using Trireme.Contracts.Metrics;

namespace Trireme.Worker.Onnx;

/// <summary>
/// Metrics of tabular inference: Triton's counters under Triton's names, the histogram of batch sizes, and those of the token engine's
/// that mean the same here, which the platform's pages and rules read.
/// </summary>
internal sealed class OnnxMetrics
{
    private const string Engine = "0";
    private const double MicrosecondsPerSecond = 1e6;

    private static readonly string[] TritonLabels = ["model", "version"];
    private static readonly string[] EngineLabels = ["model_name", "engine"];

    private readonly Counter.Series _succeeded;
    private readonly Counter.Series _failed;
    private readonly Counter.Series _rows;
    private readonly Counter.Series _batches;
    private readonly Counter.Series _requestMicroseconds;
    private readonly Counter.Series _queueMicroseconds;
    private readonly Counter.Series _computeMicroseconds;
    private readonly Histogram.Series _batchRows;
    private readonly Histogram.Series _requestSeconds;
    private readonly Histogram.Series _queueSeconds;
    private readonly Histogram.Series _computeSeconds;
    private int _waiting;
    private int _running;

    public OnnxMetrics(MetricRegistry registry, string modelName)
    {
        _succeeded = Counter(OnnxMetricNames.RequestSuccess, "Requests answered with outputs.");
        _failed = Counter(OnnxMetricNames.RequestFailure, "Requests answered with an error.");
        _rows = Counter(OnnxMetricNames.InferenceCount, "Rows computed.");
        _batches = Counter(OnnxMetricNames.ExecutionCount, "Batches computed.");
        _requestMicroseconds = Counter(OnnxMetricNames.RequestDuration, "Microseconds of all requests, waiting included.");
        _queueMicroseconds = Counter(OnnxMetricNames.QueueDuration, "Microseconds all requests waited for their batch.");
        _computeMicroseconds = Counter(OnnxMetricNames.ComputeDuration, "Microseconds of all batches.");
        registry.Gauge(OnnxMetricNames.Pending, "Requests that wait.", TritonLabels).With(modelName, OnnxModel.Version)
            .SetSource(() => Waiting);
        _batchRows = registry
            .Histogram(OnnxMetricNames.BatchRows, "Rows per batch.", [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024], TritonLabels)
            .With(modelName, OnnxModel.Version);
        Gauge(EngineMetricNames.RequestsRunning, "Requests that are computed.", () => Volatile.Read(ref _running));
        Gauge(EngineMetricNames.RequestsWaiting, "Requests that wait.", () => Waiting);
        _requestSeconds = Histogram(EngineMetricNames.EndToEndLatency, "Seconds from arrival to the outputs.");
        _queueSeconds = Histogram(EngineMetricNames.QueueTime, "Seconds in the queue.");
        _computeSeconds = Histogram(EngineMetricNames.InferenceTime, "Seconds of a batch.");

        Counter.Series Counter(string name, string help) => registry.Counter(name, help, TritonLabels).With(modelName, OnnxModel.Version);
        void Gauge(string name, string help, Func<double> read) =>
            registry.Gauge(name, help, EngineLabels).With(modelName, Engine).SetSource(read);
        Histogram.Series Histogram(string name, string help) =>
            registry.Histogram(name, help, MetricBuckets.InferenceSeconds, EngineLabels).With(modelName, Engine);
    }

    /// <summary>Requests in the queue.</summary>
    public int Waiting
    {
        get => Volatile.Read(ref _waiting);
        set => Volatile.Write(ref _waiting, value);
    }

    public void Begin(int requests) => Interlocked.Add(ref _running, requests);

    public void End(int requests) => Interlocked.Add(ref _running, -requests);

    public void Queued(TimeSpan waited)
    {
        _queueSeconds.Observe(waited.TotalSeconds);
        _queueMicroseconds.Add(waited.TotalSeconds * MicrosecondsPerSecond);
    }

    public void Computed(int rows, TimeSpan elapsed)
    {
        _rows.Add(rows);
        _batches.Add();
        _batchRows.Observe(rows);
        _computeSeconds.Observe(elapsed.TotalSeconds);
        _computeMicroseconds.Add(elapsed.TotalSeconds * MicrosecondsPerSecond);
    }

    /// <summary>Counts a request that was read, whatever came of it.</summary>
    public void Answered(TimeSpan elapsed, bool succeeded)
    {
        (succeeded ? _succeeded : _failed).Add();
        _requestSeconds.Observe(elapsed.TotalSeconds);
        _requestMicroseconds.Add(elapsed.TotalSeconds * MicrosecondsPerSecond);
    }
}
