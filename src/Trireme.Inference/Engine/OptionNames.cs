namespace Trireme.Inference.Engine;

/// <summary>
/// Options as people set them, for messages: the field of a release or of a service below spec, and the argument on a command line.
/// </summary>
public static class OptionNames
{
    public const string ContextLength = "engine.contextLength (--context)";
    public const string MaxSequences = "engine.maxSequences (--max-sequences)";
    public const string MaxBatchedTokens = "engine.maxBatchedTokens (--max-batched-tokens)";
    public const string KvCacheMemory = "engine.kvCacheMemory (--kv-cache-memory)";
    public const string InterTokenTarget = "engine.interTokenTarget (--inter-token-target)";
    public const string DraftTokens = "engine.speculation.tokens (--num-speculative-tokens)";
    public const string DraftModel = "engine.speculation.draftModel (--draft-model)";
    public const string LookupMin = "engine.speculation.lookupMin (--prompt-lookup-min)";
    public const string LookupMax = "engine.speculation.lookupMax (--prompt-lookup-max)";
    public const string MaxAdapters = "engine.lora.maxAdapters (--max-loras)";
    public const string MaxAdapterRank = "engine.lora.maxRank (--max-lora-rank)";
    public const string AdapterMemory = "engine.lora.memory (--lora-memory)";
    public const string MaxBatchSize = "engine.maxBatchSize (--max-batch-size)";
    public const string BatchWindow = "engine.batchWindow (--batch-window)";
    public const string Memory = "resources.memory (--memory)";
    public const string Threads = "resources.threads (--threads)";
}
