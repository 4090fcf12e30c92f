using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Engines;

/// <summary>
/// Every kind of engine. What a release may say to it, what is refused, the arguments of its process and the table in its documentation
/// come from the entry here; another kind is another entry.
/// </summary>
public static class EngineCatalog
{
    /// <summary>Options of the worker process, which runs both embedded engines.</summary>
    private static readonly IReadOnlyList<LocalOption> WorkerOptions =
    [
        new("--host", "never: a replica listens on 127.0.0.1 alone"),
        new("--port", "the platform: a free one, which the endpoint file tells"),
        new("--endpoint-file", "the platform: in the replica's folder"),
        new("--api-key-file", "the platform: in the replica's folder, a new key for each start"),
        new("--termination-message-file", "the platform: in the replica's folder"),
        new("--pins", "the platform: in the replica's folder, with the digests of the release's files"),
        new("--owner-lock", "the platform: the file it keeps locked while it lives"),
        new("--owner-timeout", "the setting operator.replicas.ownerTimeout"),
        new("--served-model-name", "the service's name"),
        new("--release", "the release's name"),
        new("--content-hash", "the release's `status.contentHash`"),
        new("--threads", "the service's `spec.resources.threads`"),
        new("--memory", "the service's `spec.resources.memory`"),
        new("--allowed-origins", "never: web pages call the gateway, whose `gateway.allowedOrigins` names theirs"),
        new("--allowed-hosts", "never: the platform calls a replica by its address"),
        new("--drain-timeout", "the service's `spec.drain.timeout`"),
    ];

    private static readonly EngineOption Model = new("source.path", "--model", static setup => setup.Files.Model);

    private static readonly EngineOption Name = new("engine.name", "--engine", static setup => setup.Engine.Name);

    /// <summary>The embedded engine for language models.</summary>
    public static EngineDefinition Trireme { get; } = new()
    {
        Name = EngineSpec.Trireme,
        Serves = "language models",
        Chats = true,
        LocalOptions = WorkerOptions,
        Options =
        [
            Model,
            Name,
            new("engine.weights", "--weights", static setup => setup.Engine.Weights),
            new("engine.kvCacheType", "--kv-cache-dtype", static setup => setup.Engine.KvCacheType),
            new("engine.contextLength", "--context", static setup => setup.Engine.ContextLength),
            new("engine.maxSequences", "--max-sequences", static setup => setup.Engine.MaxSequences),
            new("engine.maxBatchedTokens", "--max-batched-tokens", static setup => setup.Engine.MaxBatchedTokens),
            new("engine.kvCacheMemory", "--kv-cache-memory", static setup => setup.Engine.KvCacheMemory),
            new("engine.interTokenTarget", "--inter-token-target", static setup => setup.Engine.InterTokenTarget),
            new("engine.speculation.method", "--speculative", static setup => setup.Engine.Speculation?.Method),
            new("engine.speculation.draftModel", "--draft-model", static setup => setup.Files.DraftModel),
            new("engine.speculation.tokens", "--num-speculative-tokens", static setup => setup.Engine.Speculation?.Tokens),
            new("engine.speculation.lookupMin", "--prompt-lookup-min", static setup => setup.Engine.Speculation?.LookupMin),
            new("engine.speculation.lookupMax", "--prompt-lookup-max", static setup => setup.Engine.Speculation?.LookupMax),
            new("chatTemplate.path", "--chat-template", static setup => setup.Files.ChatTemplate),
            new("engine.trustRequestChatTemplate", "--trust-request-chat-template", static setup => setup.Engine.TrustRequestChatTemplate),
            new("engine.toolCallParser", "--tool-call-parser", static setup => setup.Engine.ToolCallParser),
            new("engine.pooling", "--pooling", static setup => setup.Engine.Pooling),
            new("adapters", "--enable-lora", static setup => setup.Files.Adapters.Count > 0 ? true : null),
            new("adapters", "--lora-modules", NameAdapters),
            new("engine.lora.maxAdapters", "--max-loras", static setup => setup.Engine.Lora?.MaxAdapters),
            new("engine.lora.maxRank", "--max-lora-rank", static setup => setup.Engine.Lora?.MaxRank),
            new("engine.lora.memory", "--lora-memory", static setup => setup.Engine.Lora?.Memory),
            new("engine.kvEvents", "--kv-events", static setup => setup.Engine.KvEvents),
        ],
    };

    /// <summary>ONNX Runtime.</summary>
    public static EngineDefinition Onnx { get; } = new()
    {
        Name = EngineSpec.Onnx,
        Serves = "ONNX models",
        OnlyReads = "a folder with model.onnx",
        LocalOptions = WorkerOptions,
        Options =
        [
            Model,
            Name,
            new("engine.maxBatchSize", "--max-batch-size", static setup => setup.Engine.MaxBatchSize),
            new("engine.batchWindow", "--batch-window", static setup => setup.Engine.BatchWindow),
        ],
    };

    public static IReadOnlyList<EngineDefinition> All { get; } = [Trireme, Onnx];

    /// <summary>The engine of a name; null for one this version does not know.</summary>
    public static EngineDefinition? Find(string name) => All.FirstOrDefault(engine => engine.Name == name);

    /// <summary>Why the engine that a release names cannot run its model, and what to do; null if it can.</summary>
    public static string? CannotRun(ReleaseSpec spec) => Find(spec.Engine.Name) is { } engine
        ? engine.CannotRead(spec.Source)
        : $"\"{spec.Engine.Name}\" is no engine of this version; use {string.Join(" or ", All.Select(known => known.Name))}";

    /// <summary>Refuses what the engine that a release names has no use for.</summary>
    internal static void Validate(ReleaseSpec spec, FieldErrors errors)
    {
        if (CannotRun(spec) is { } problem) errors.Invalid("spec.engine.name", problem);
        if (Find(spec.Engine.Name) is not { } engine) return;
        var setup = EngineSetup.Of(spec);
        var refused = new HashSet<string>();
        foreach (EngineOption option in All.SelectMany(known => known.Options))
        {
            if (engine.Options.Any(own => own.Field == option.Field) || !option.IsSet(setup)) continue;
            string field = engine.Refused(option.Field);
            if (!refused.Add(field)) continue;
            IEnumerable<string> takers =
                All.Where(known => known.Options.Any(own => own.Field == option.Field)).Select(known => known.Serves).Distinct();
            errors.Invalid(
                $"spec.{field}", $"is for {string.Join(" and ", takers)} and has no meaning for the engine {engine.Name}; remove it");
        }
    }

    private static string[]? NameAdapters(EngineSetup setup) =>
        setup.Files.Adapters is [] ? null : [.. setup.Files.Adapters.Select(adapter => $"{adapter.Name}={adapter.Path}")];
}
