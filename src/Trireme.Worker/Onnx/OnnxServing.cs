using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Onnx;

/// <summary>Serves an ONNX model over the Open Inference Protocol. ONNX Runtime is loaded with the model and not before.</summary>
internal sealed class OnnxServing(
    WorkerOptions options,
    WorkerIdentity identity,
    WorkerLifecycle lifecycle,
    MetricRegistry metrics,
    ILoggerFactory loggers,
    TimeProvider time) : IModelServing
{
    private const int MaxBatchRows = 1 << 16;

    private static readonly TimeSpan MaxWindow = TimeSpan.FromSeconds(10);

    private readonly OnnxMetrics _metrics = new(metrics, identity.ModelName);

    public string MainRoute => $"inference is at POST /v2/models/{identity.ModelName}/infer";

    public async Task<LoadedModel> LoadAsync(FilePins? pins, CancellationToken cancellationToken)
    {
        QueueLimits limits = Limits();
        long started = time.GetTimestamp();
        OnnxModel model = await Task.Run(() => Load(pins, cancellationToken), cancellationToken);
        var loading = new StartupStage { Stage = "session", Seconds = time.GetElapsedTime(started).TotalSeconds };
        var queue = new InferenceQueue(model, limits, _metrics, time, loggers.CreateLogger<InferenceQueue>());
        return new OnnxServedModel(model, queue, loading, identity, time.GetUtcNow());
    }

    public void Map(WebApplication application)
    {
        var gate = new ServingGate(lifecycle);
        var endpoints = new OnnxEndpoints(identity, lifecycle, _metrics, time);
        application.MapRead("/v2", OnnxEndpoints.ServerAsync);
        application.MapRead("/v2/health/live", OnnxEndpoints.LiveAsync);
        application.MapRead("/v2/health/ready", endpoints.ReadyAsync);
        foreach (string model in (string[])["/v2/models/{model}", "/v2/models/{model}/versions/{version}"])
        {
            application.MapRead(model, gate.Guard<OnnxServedModel>(endpoints.DescribeAsync));
            application.MapRead(model + "/ready", gate.Guard<OnnxServedModel>(endpoints.ModelReadyAsync));
            application.MapPost(model + "/infer", gate.Guard<OnnxServedModel>(endpoints.InferAsync));
        }
    }

    /// <summary>
    /// ONNX Runtime opens files itself, which may lead to others beside the first: all that are pinned are held and checked around it.
    /// </summary>
    private OnnxModel Load(FilePins? pins, CancellationToken cancellationToken)
    {
        string file = OnnxFile.Find(identity.ModelPath);
        using FileStream opened = OnnxFile.Open(file);
        using PinnedReading? reading = pins?.Begin();
        foreach (string path in pins?.Files ?? []) reading!.Hold(path);
        OnnxModel? model = null;
        try
        {
            model = OnnxModel.Load(file, options.Threads);
            reading?.Complete(cancellationToken);
            return model;
        }
        catch (Exception exception)
        {
            model?.Dispose();
            if (exception is ModelFormatException) reading?.Complete(cancellationToken);
            throw;
        }
    }

    private QueueLimits Limits()
    {
        var defaults = new QueueLimits();
        QueueLimits limits = defaults with
        {
            MaxBatchSize = options.MaxBatchSize ?? defaults.MaxBatchSize,
            BatchWindow = options.BatchWindow ?? defaults.BatchWindow,
        };
        if (limits.MaxBatchSize is < 1 or > MaxBatchRows)
        {
            throw new EngineStartException(
                $"{OptionNames.MaxBatchSize} is {limits.MaxBatchSize}; it must be between 1 and {MaxBatchRows}.");
        }

        if (limits.BatchWindow < TimeSpan.Zero || limits.BatchWindow > MaxWindow)
        {
            throw new EngineStartException($"{OptionNames.BatchWindow} must be between 0 and {MaxWindow.TotalSeconds} s.");
        }

        return options.Threads >= 1
            ? limits
            : throw new EngineStartException($"{OptionNames.Threads} is {options.Threads}; it must be at least 1.");
    }
}
