namespace Trireme.Contracts.Metrics;

/// <summary>Metrics of the gateway. All carry the labels namespace, service and release unless said otherwise.</summary>
public static class GatewayMetricNames
{
    /// <summary>Start of all names.</summary>
    public const string Prefix = "trireme_gateway_";

    /// <summary>
    /// Start of the names of what copies of requests came to, which a shadow gives a new release: the same names after it, with the same
    /// labels. They are families of their own, so that nothing that counts a service's requests counts a copy.
    /// </summary>
    public const string CopiesPrefix = Prefix + "shadow_";

    /// <summary>
    /// Counter of copies that were not sent, or not heard to their end; further label reason: queue_full, memory, client_left, deadline or
    /// no_replica.
    /// </summary>
    public const string CopiesDropped = CopiesPrefix + "dropped_total";

    /// <summary>Counter; further label code: the HTTP status, or "499" for a client that left.</summary>
    public const string Requests = "trireme_gateway_requests_total";

    /// <summary>Histogram from the arrival of the request to the first byte of generated content.</summary>
    public const string TimeToFirstToken = "trireme_gateway_time_to_first_token_seconds";

    /// <summary>Histogram between the chunks of a stream.</summary>
    public const string InterTokenLatency = "trireme_gateway_inter_token_latency_seconds";

    /// <summary>Histogram from arrival to the last byte.</summary>
    public const string RequestDuration = "trireme_gateway_request_duration_seconds";

    /// <summary>
    /// Summary of the natural logarithms of the microseconds to the first byte of generated content; the rollout judge compares releases by
    /// it.
    /// </summary>
    public const string TimeToFirstTokenLog = "trireme_gateway_time_to_first_token_log_microseconds";

    /// <summary>The same of the mean microseconds between the chunks of a stream, over each sixteen of them.</summary>
    public const string InterTokenLatencyLog = "trireme_gateway_inter_token_latency_log_microseconds";

    /// <summary>The same of the microseconds from arrival to the last byte, of complete answers.</summary>
    public const string RequestDurationLog = "trireme_gateway_request_duration_log_microseconds";

    /// <summary>The same of the generated tokens of complete answers.</summary>
    public const string AnswerLengthLog = "trireme_gateway_answer_length_log_tokens";

    /// <summary>
    /// Counter of complete generated answers; further label finish_reason: stop, length, tool_calls, content_filter or other.
    /// </summary>
    public const string FinishedAnswers = "trireme_gateway_finished_answers_total";

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

    /// <summary>
    /// Counter of responses that were to be kept; its only label is outcome: kept, failed, too_large, evicted or expired.
    /// </summary>
    public const string KeptResponses = "trireme_gateway_kept_responses_total";

    /// <summary>
    /// Counter of requests and streams that a limit had no room for; labels namespace, service, holder (key, tenant or service) and limit.
    /// </summary>
    public const string LimitDenials = "trireme_gateway_limit_denials_total";

    /// <summary>
    /// Counter of requests that have no entry in the usage ledger; its only label is reason: no_room, damaged or too_long.
    /// </summary>
    public const string LedgerDropped = "trireme_gateway_ledger_dropped_total";

    /// <summary>Counter of entries that were written into the usage ledger's file; no labels.</summary>
    public const string LedgerWritten = "trireme_gateway_ledger_written_total";

    /// <summary>Gauge of entries of ended requests that wait for the usage ledger's file; no labels.</summary>
    public const string LedgerWaiting = "trireme_gateway_ledger_waiting";

    /// <summary>Gauge that is 1 while the usage ledger's file can be written; no labels.</summary>
    public const string LedgerWritable = "trireme_gateway_ledger_writable";

    /// <summary>Counter of faults of the gateway itself; its only label is stage: the step of the request that failed.</summary>
    public const string UnexpectedExceptions = "trireme_gateway_unexpected_exceptions_total";
}
