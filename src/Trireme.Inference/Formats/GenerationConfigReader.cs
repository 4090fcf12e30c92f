namespace Trireme.Inference.Formats;

/// <summary>Reads generation_config.json.</summary>
internal static class GenerationConfigReader
{
    public static GenerationConfig Read(JsonSection json) => new()
    {
        Temperature = (float?)json.OptionalDouble("temperature", 0, 100),
        TopP = (float?)json.OptionalDouble("top_p", 0, 1),
        // Some files write -1 for "keep all".
        TopK = json.OptionalInt("top_k", -1, int.MaxValue) is { } topK ? Math.Max(topK, 0) : null,
        DoSample = json.OptionalBool("do_sample"),
        MinP = (float?)json.OptionalDouble("min_p", 0, 1),
        TypicalP = (float?)json.OptionalDouble("typical_p", 0, 1),
        RepetitionPenalty = (float?)json.OptionalDouble("repetition_penalty", 0, 100),
        BeginOfSequence = json.OptionalInt("bos_token_id", 0, ModelConfig.VocabularySizeMax - 1),
        EndOfSequence = json.TokenIds("eos_token_id"),
    };
}
