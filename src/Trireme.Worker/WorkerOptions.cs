using System.Collections.ObjectModel;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Http;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;
using Trireme.Inference.Speculation;
using Trireme.Inference.ToolCalls;

namespace Trireme.Worker;

/// <summary>What one replica serves and how. Only the model is required.</summary>
public sealed record WorkerOptions
{
    /// <summary>Time without an owner after which a worker drains and ends, unless told otherwise.</summary>
    public static readonly TimeSpan DefaultOwnerTimeout = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Folder of the model in the Hugging Face layout, or a GGUF file; for ONNX Runtime a .onnx file, or the folder that holds model.onnx.
    /// </summary>
    public required string ModelPath { get; init; }

    /// <summary>What computes the model.</summary>
    public EngineKind Engine { get; init; }

    /// <summary>Most rows of an ONNX model's requests that are computed as one; 1 computes each request by itself.</summary>
    public int? MaxBatchSize { get; init; }

    /// <summary>How long a request to an ONNX model waits for others to be computed with; zero takes those that wait already.</summary>
    public TimeSpan? BatchWindow { get; init; }

    /// <summary>Name clients call the model by; the name of its folder or file when absent.</summary>
    public string? ServedModelName { get; init; }

    /// <summary>Address to listen on. Without <see cref="ApiKeyFile"/> everyone who reaches it is answered.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Port to listen on; 0 takes a free one, which the endpoint file tells.</summary>
    public int Port { get; init; }

    /// <summary>File that is written once the worker listens: {"endpoint": "http://127.0.0.1:PORT", "pid": N}.</summary>
    public string? EndpointFile { get; init; }

    /// <summary>
    /// File with the digests of all files the worker may read: {"files": [{"path": PATH, "digest": "sha256:..."}]}. It is ready only when
    /// what it has read is that, and ends with <see cref="WorkerExitCode.ModelFileChanged"/> when it is not or no longer.
    /// </summary>
    public string? PinsFile { get; init; }

    /// <summary>File that gets the reason as one sentence when the worker ends because it cannot serve the model.</summary>
    public string? TerminationMessageFile { get; init; }

    /// <summary>
    /// File with the key that every request must present as "Authorization: Bearer KEY", one line of 16 to 1024 printable characters. Null
    /// answers everyone.
    /// </summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>Name of the release, for the header <see cref="TriremeHeaders.Release"/> and the metric labels.</summary>
    public string? ReleaseName { get; init; }

    /// <summary>Content hash of the release.</summary>
    public string? ContentHash { get; init; }

    /// <summary>How weights are held in memory.</summary>
    public WeightPrecision Weights { get; init; }

    /// <summary>How keys and values are kept.</summary>
    public KvPrecision KvPrecision { get; init; }

    /// <summary>Threads that compute.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Bytes for weights, keys and values and scratch together; half of what the process may use when absent.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Longest prompt plus answer in tokens; what the model was made for when absent.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Most requests that compute at once.</summary>
    public int? MaxSequences { get; init; }

    /// <summary>Most tokens computed in one step.</summary>
    public int? MaxBatchedTokens { get; init; }

    /// <summary>Bytes for keys and values; what the memory budget leaves when absent.</summary>
    public long? KvCacheBytes { get; init; }

    /// <summary>
    /// Longest wanted time between two tokens of an answer while prompts are computed beside it; the engine's default when absent, no
    /// target when zero.
    /// </summary>
    public TimeSpan? InterTokenTarget { get; init; }

    /// <summary>Which tokens' states make a text's vector; what the model's files say when absent.</summary>
    public PoolingMode? Pooling { get; init; }

    /// <summary>How answers' next tokens are drafted, to be checked several at a time; null never drafts.</summary>
    public SpeculationOptions? Speculation { get; init; }

    /// <summary>
    /// Serves GET /kv_events, from which a router learns which prompts' blocks are here. Events hold the tokens of all prompts, so this
    /// is only for a worker that only the platform reaches.
    /// </summary>
    public bool KvEvents { get; init; }

    /// <summary>A Jinja file that replaces the model's own chat template; null to use the model's.</summary>
    public string? ChatTemplateFile { get; init; }

    /// <summary>Takes a chat template from requests that bring one, as vLLM's option of this name does.</summary>
    public bool TrustRequestChatTemplate { get; init; }

    /// <summary>Web pages' origins, such as https://chat.example, whose scripts a browser lets call this worker; "*" for all.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>
    /// Names by which requests may address the worker besides localhost and its addresses; "*" for all. A site can let a name of its own
    /// lead to this machine, so others are refused.
    /// </summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>How the model writes calls of functions; what its chat template tells when absent.</summary>
    public ToolCallFormat? ToolCallParser { get; init; }

    /// <summary>
    /// Takes LoRA adapters, at the start and by POST /v1/load_lora_adapter, which reads folders of this machine: only for a worker that
    /// only the platform reaches.
    /// </summary>
    public bool EnableLora { get; init; }

    /// <summary>Adapters to load at the start: folders in PEFT's layout by the names clients call them by.</summary>
    public IReadOnlyDictionary<string, string> LoraModules { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Most adapters at once; the engine's default when absent.</summary>
    public int? MaxLoras { get; init; }

    /// <summary>Largest rank of an adapter; the engine's default when absent.</summary>
    public int? MaxLoraRank { get; init; }

    /// <summary>Bytes of the memory budget kept for adapters; enough for all of the largest rank when absent.</summary>
    public long? LoraMemoryBytes { get; init; }

    /// <summary>Longest wait for open requests once the worker was asked to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// File the platform keeps locked while it lives. When no process has held the lock for <see cref="OwnerTimeout"/>, the worker
    /// drains and ends, so that no worker outlives a platform that never comes back.
    /// </summary>
    public string? OwnerLockFile { get; init; }

    public TimeSpan OwnerTimeout { get; init; } = DefaultOwnerTimeout;

    /// <summary>
    /// Least severe messages written to standard error: what it begins with, its load, readiness and end at Information, requests at Debug.
    /// </summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>What the engine keeps for adapters; null for one without them.</summary>
    public LoraOptions? ToLoraOptions()
    {
        if (!EnableLora) return null;
        var defaults = new LoraOptions();
        return defaults with
        {
            MaxAdapters = MaxLoras ?? Math.Max(defaults.MaxAdapters, LoraModules.Count),
            MaxRank = MaxLoraRank ?? defaults.MaxRank,
            MemoryBytes = LoraMemoryBytes,
            Adapters = [.. LoraModules.Select(module => (module.Key, module.Value))],
        };
    }
}
