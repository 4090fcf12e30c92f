namespace Trireme.Contracts.Metrics;

/// <summary>Metrics of the gateway. All carry the labels namespace, service and release unless said otherwise.</summary>
public static class GatewayMetricNames
{
    /// <summary>Counter; further label code: the HTTP status, or "499" for a client that left.</summary>
    public const string Requests = "trireme_gateway_requests_total";

    /// <summary>Histogram from the arrival of the request to the first byte of generated content.</summary>
    public const string TimeToFirstToken = "trireme_gateway_time_to_first_token_seconds";

    /// <summary>Histogram between the chunks of a stream.</summary>
    public const string InterTokenLatency = "trireme_gateway_inter_token_latency_seconds";

    /// <summary>Histogram from arrival to the last byte.</summary>
    public const string RequestDuration = "trireme_gateway_request_duration_seconds";

    /// <summary>Gauge of requests being answered; further label replica.</summary>
    public const string RequestsInFlight = "trireme_gateway_requests_in_flight";

    /// <summary>Counter; further label reason.</summary>
    public const string Retries = "trireme_gateway_retries_total";

    /// <summary>Counter of streams that ended without their end marker.</summary>
    public const string BrokenStreams = "trireme_gateway_broken_streams_total";

    /// <summary>Counter of tokens of prompts, from the engines' usage reports.</summary>
    public const string PromptTokens = "trireme_gateway_prompt_tokens_total";

    /// <summary>Counter of generated tokens, from the engines' usage reports.</summary>
    public const string GenerationTokens = "trireme_gateway_generation_tokens_total";

    /// <summary>Counter of faults of the gateway itself; its only label is stage: the step of the request that failed.</summary>
    public const string UnexpectedExceptions = "trireme_gateway_unexpected_exceptions_total";
}
