namespace Trireme.Contracts.Metrics;

/// <summary>Metrics of a worker beside those of its engine.</summary>
public static class WorkerMetricNames
{
    /// <summary>Counter; labels route and code: the HTTP status, or "499" for a client that left.</summary>
    public const string Requests = "trireme_worker_http_requests_total";

    /// <summary>Always 1; labels model_name, release, content_hash and version.</summary>
    public const string Info = "trireme_worker_info";
}
