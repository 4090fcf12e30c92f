namespace Trireme.Contracts.Metrics;

/// <summary>
/// Metrics of a worker that serves an ONNX model: Triton's names, with its labels model and version, and one of our own. Durations are
/// sums in microseconds, as Triton's.
/// </summary>
public static class OnnxMetricNames
{
    public const string RequestSuccess = "nv_inference_request_success";
    public const string RequestFailure = "nv_inference_request_failure";

    /// <summary>Counter of rows.</summary>
    public const string InferenceCount = "nv_inference_count";

    /// <summary>Counter of batches.</summary>
    public const string ExecutionCount = "nv_inference_exec_count";

    public const string RequestDuration = "nv_inference_request_duration_us";
    public const string QueueDuration = "nv_inference_queue_duration_us";
    public const string ComputeDuration = "nv_inference_compute_infer_duration_us";

    /// <summary>Gauge of requests that wait.</summary>
    public const string Pending = "nv_inference_pending_request_count";

    /// <summary>Histogram of rows per batch.</summary>
    public const string BatchRows = "trireme_onnx_batch_rows";
}
