using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.ToolCalls;
using Trireme.Worker.Chat;
using Trireme.Worker.Completions;
using Trireme.Worker.Embeddings;
using Trireme.Worker.Http;
using Trireme.Worker.Tokenization;

namespace Trireme.Worker.Hosting;

/// <summary>Serves a language model over OpenAI's and vLLM's routes.</summary>
internal sealed class TokenServing(
    WorkerOptions options,
    WorkerIdentity identity,
    WorkerLifecycle lifecycle,
    MetricRegistry metrics,
    ILoggerFactory loggers,
    TimeProvider time) : IModelServing
{
    /// <summary>vLLM keeps 10,000 steps; a step stores few blocks.</summary>
    private const int KvEventCapacity = 16_384;

    public string MainRoute => "completions are at POST /v1/chat/completions";

    public async Task<LoadedModel> LoadAsync(FilePins? pins, CancellationToken cancellationToken)
    {
        InferenceEngine engine =
            await InferenceEngine.LoadAsync(identity.ModelPath, EngineOptions(pins), metrics, loggers, time, cancellationToken);
        ToolCallDialect? dialect = ChooseDialect(engine);
        ToolCallDialect? forced = dialect ?? (engine.ChatTemplate is { } template
            ? new ToolCallDialect(ToolCallFormat.Hermes, template, engine.Tokenizer)
            : null);
        return new ServedModel(engine, identity, time.GetUtcNow())
        {
            ToolCalls = dialect,
            ForcedToolCalls = forced,
            TrustsRequestTemplates = options.TrustRequestChatTemplate,
        };
    }

    public void Map(WebApplication application)
    {
        var gate = new ServingGate(lifecycle);
        var tokenization = new TokenizationEndpoints(time);
        application.MapPost("/v1/chat/completions", gate.Guard(new ChatEndpoint(time).HandleAsync));
        application.MapPost("/v1/completions", gate.Guard(new CompletionEndpoint(time).HandleAsync));
        application.MapPost("/v1/embeddings", gate.Guard(new EmbeddingEndpoint(time).HandleAsync));
        application.MapRead("/v1/models", gate.Guard(ModelEndpoints.ListAsync));
        application.MapRead("/v1/models/{**model}", gate.Guard(ModelEndpoints.GetAsync));
        application.MapPost("/v1/load_lora_adapter", gate.Guard(AdapterEndpoints.LoadAsync));
        application.MapPost("/v1/unload_lora_adapter", gate.Guard(AdapterEndpoints.UnloadAsync));
        application.MapPost("/sleep", gate.Guard(SleepEndpoints.SleepAsync));
        application.MapPost("/wake_up", gate.Guard(SleepEndpoints.WakeAsync));
        application.MapRead("/is_sleeping", gate.Guard(SleepEndpoints.StateAsync));
        application.MapRead("/is_paused", SleepEndpoints.PauseAsync);
        application.MapPost("/tokenize", gate.Guard(tokenization.TokenizeAsync));
        application.MapPost("/detokenize", gate.Guard(TokenizationEndpoints.DetokenizeAsync));
        application.MapRead("/tokenizer_info", gate.Guard(TokenizationEndpoints.DescribeAsync));
        application.MapRead("/kv_events", new KvEventEndpoint(lifecycle, time).HandleAsync);
    }

    private ToolCallDialect? ChooseDialect(InferenceEngine engine)
    {
        if (engine.ChatTemplate is not { } template) return null;
        ToolCallFormat format = options.ToolCallParser ?? ToolCallDialect.Detect(template);
        return format == ToolCallFormat.None ? null : new ToolCallDialect(format, template, engine.Tokenizer);
    }

    private EngineOptions EngineOptions(FilePins? pins)
    {
        var defaults = new EngineOptions { ModelName = identity.ModelName };
        return defaults with
        {
            Weights = options.Weights,
            KvPrecision = options.KvPrecision,
            Threads = options.Threads,
            ContextLength = options.ContextLength,
            MaxSequences = options.MaxSequences ?? defaults.MaxSequences,
            MaxBatchedTokens = options.MaxBatchedTokens ?? defaults.MaxBatchedTokens,
            KvCacheBytes = options.KvCacheBytes,
            MemoryBytes = options.MemoryBytes,
            InterTokenTarget = InterTokenTarget(options.InterTokenTarget ?? defaults.InterTokenTarget),
            Pooling = options.Pooling,
            ChatTemplateFile = options.ChatTemplateFile,
            Speculation = options.Speculation,
            KvEventCapacity = options.KvEvents ? KvEventCapacity : 0,
            Lora = options.ToLoraOptions(),
            Pins = pins,
        };
    }

    /// <summary>Zero is how a command line says that there is no target.</summary>
    private static TimeSpan? InterTokenTarget(TimeSpan? wanted) => wanted == TimeSpan.Zero ? null : wanted;
}
