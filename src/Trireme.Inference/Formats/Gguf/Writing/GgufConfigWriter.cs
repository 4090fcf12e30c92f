using Trireme.Inference.Models;

namespace Trireme.Inference.Formats.Gguf.Writing;

/// <summary>
/// Writes a model's shape as GGUF metadata, which <see cref="GgufConfigReader"/> and llama.cpp read, and the rotary divisors as the
/// tensors that hold them.
/// </summary>
internal static class GgufConfigWriter
{
    /// <exception cref="ModelFormatException">The format has no way to express what the model needs.</exception>
    public static void Write(ModelConfig config, GgufArchitecture architecture, string name, GgufWriter file)
    {
        string prefix = architecture.Family.Name;
        RefuseOtherCaps(config, architecture.Family, name);
        file.Add("general.architecture", prefix);
        file.Add("general.name", name);
        Number("context_length", config.ContextLength);
        Number("embedding_length", config.HiddenSize);
        Number("block_count", config.LayerCount);
        Number("feed_forward_length", config.IntermediateSize);
        Number("vocab_size", config.VocabularySize);
        Number("attention.head_count", config.AttentionHeadCount);
        Number("attention.head_count_kv", config.KeyValueHeadCount);
        Number("attention.key_length", config.HeadDimension);
        Number("attention.value_length", config.HeadDimension);
        file.Add($"{prefix}.attention.layer_norm_rms_epsilon", config.RmsNormEpsilon);
        Number("rope.dimension_count", config.Rope.Dimensions ?? config.HeadDimension);
        file.Add($"{prefix}.rope.freq_base", (float)config.Rope.Theta);
        if (config.AttentionLogitCap is { } scores) file.Add($"{prefix}.attn_logit_softcapping", scores);
        if (config.FinalLogitCap is { } logits) file.Add($"{prefix}.final_logit_softcapping", logits);
        if (Window(config, architecture.Family, name) is { } window) Number("attention.sliding_window", window);
        WriteRope(config, prefix, file);

        void Number(string key, int value) => file.Add($"{prefix}.{key}", (uint)value);
    }

    private static void WriteRope(ModelConfig config, string prefix, GgufWriter file)
    {
        if (config.Rope.LongRope is { } extension)
        {
            file.Add($"{prefix}.rope.scaling.original_context_length", (uint)extension.OriginalContextLength);
            file.Add($"{prefix}.rope.scaling.attn_factor", (float)extension.AttentionFactor);
            file.Add(Divisors(GgufConfigReader.ShortDivisors, extension.ShortFactors));
            file.Add(Divisors(GgufConfigReader.LongDivisors, extension.LongFactors));
        }
        else if (RotaryFrequencies.Divisors(config.Rope, config.HeadDimension) is { } divisors)
        {
            file.Add(Divisors(GgufConfigReader.Divisors, divisors));
        }
    }

    /// <summary>A file without caps means the usual ones, and none says how scores are scaled.</summary>
    private static void RefuseOtherCaps(ModelConfig config, ModelFamily family, string name)
    {
        if (!family.CapsLogits) return;
        float scale = GgufConfigReader.AttentionScale(
            config.LayerCount, config.HiddenSize, config.AttentionHeadCount, config.HeadDimension);
        bool scaled = config.AttentionScale is { } given && Math.Abs(given - scale) <= 1e-6f;
        if (scaled && config is { AttentionLogitCap: not null, FinalLogitCap: not null }) return;
        throw Unrepresentable(name, "its query_pre_attn_scalar or soft caps are not those of the published models, which GGUF cannot say.");
    }

    private static ModelFormatException Unrepresentable(string name, string problem) => new(name, problem, "Serve the folder as it is.");

    private static GgufTensor Divisors(string name, IReadOnlyList<double> divisors)
    {
        float[] values = [.. divisors.Select(divisor => (float)divisor)];
        return new GgufTensor(
            name, TensorType.F32, [values.Length], (_, bytes) => TensorEncoder.TryEncode(TensorType.F32, values, bytes));
    }

    private static int? Window(ModelConfig config, ModelFamily family, string name)
    {
        if (config.Windows.Count == 0) return null;
        int window = config.Windows.Min();
        // Mistral's windows are written as Llama's, which the format gives none to but our reader takes for Mistral's.
        ModelFamily windowed = family == ModelFamily.Llama ? ModelFamily.Mistral : family;
        if (config.Windows.SequenceEqual(windowed.Windows(window, config.LayerCount, firstUpper: config.LayerCount))) return window;
        throw Unrepresentable(name, "some of its layers see a window, which GGUF cannot say for this family.");
    }
}
