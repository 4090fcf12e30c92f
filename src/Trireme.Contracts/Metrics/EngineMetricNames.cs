namespace Trireme.Contracts.Metrics;

/// <summary>vLLM's metric names, which the embedded engine serves too. All carry the labels model_name and engine.</summary>
public static class EngineMetricNames
{
    public const string RequestsRunning = "vllm:num_requests_running";
    public const string RequestsWaiting = "vllm:num_requests_waiting";

    /// <summary>Gauge; further label reason, which is capacity or deferred.</summary>
    public const string RequestsWaitingByReason = "vllm:num_requests_waiting_by_reason";

    public const string KvCacheUsage = "vllm:kv_cache_usage_perc";
    public const string PrefixCacheQueries = "vllm:prefix_cache_queries_total";
    public const string PrefixCacheHits = "vllm:prefix_cache_hits_total";
    public const string Preemptions = "vllm:num_preemptions_total";
    public const string PromptTokens = "vllm:prompt_tokens_total";
    public const string PromptTokensCached = "vllm:prompt_tokens_cached_total";

    /// <summary>Counter; further label source, which is local_compute or local_cache_hit.</summary>
    public const string PromptTokensBySource = "vllm:prompt_tokens_by_source_total";

    public const string GenerationTokens = "vllm:generation_tokens_total";

    /// <summary>Counter; further label finished_reason.</summary>
    public const string RequestSuccess = "vllm:request_success_total";

    /// <summary>Histogram of tokens per engine step.</summary>
    public const string IterationTokens = "vllm:iteration_tokens_total";

    public const string SpeculativeDrafts = "vllm:spec_decode_num_drafts_total";
    public const string SpeculativeDraftTokens = "vllm:spec_decode_num_draft_tokens_total";
    public const string SpeculativeAcceptedTokens = "vllm:spec_decode_num_accepted_tokens_total";

    /// <summary>Counter; further label position, the place of the token in its draft from 0 on.</summary>
    public const string SpeculativeAcceptedPerPosition = "vllm:spec_decode_num_accepted_tokens_per_pos_total";

    public const string TimeToFirstToken = "vllm:time_to_first_token_seconds";
    public const string InterTokenLatency = "vllm:inter_token_latency_seconds";
    public const string EndToEndLatency = "vllm:e2e_request_latency_seconds";
    public const string QueueTime = "vllm:request_queue_time_seconds";
    public const string PrefillTime = "vllm:request_prefill_time_seconds";
    public const string DecodeTime = "vllm:request_decode_time_seconds";
    public const string InferenceTime = "vllm:request_inference_time_seconds";
    public const string RequestPromptTokens = "vllm:request_prompt_tokens";
    public const string RequestParamsN = "vllm:request_params_n";
    public const string RequestParamsMaxTokens = "vllm:request_params_max_tokens";
    public const string RequestTimePerOutputToken = "vllm:request_time_per_output_token_seconds";
    public const string RequestGenerationTokens = "vllm:request_generation_tokens";

    /// <summary>Gauge; further label sleep_state, which is awake, weights_offloaded (level 1) or discard_all (level 2).</summary>
    public const string SleepState = "vllm:engine_sleep_state";

    /// <summary>
    /// Gauge of a time in seconds since 1970; further labels max_lora, running_lora_adapters and waiting_lora_adapters, which are lists
    /// of names.
    /// </summary>
    public const string LoraRequestsInfo = "vllm:lora_requests_info";

    public const string CacheConfigInfo = "vllm:cache_config_info";
}
