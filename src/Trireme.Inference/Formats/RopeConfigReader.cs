using System.Text.Json;

namespace Trireme.Inference.Formats;

/// <summary>
/// Reads the rotary settings of config.json. Newer files keep everything in rope_parameters; older ones have rope_theta at the root and
/// rope_scaling, whose type key was once "type" and whose LongRoPE was once "su".
/// </summary>
internal static class RopeConfigReader
{
    private const double ThetaMax = 1e12;
    private const double FactorMax = 1e6;

    public static RopeConfig Read(JsonSection json, ModelFamily family, int headDimension, int contextLength)
    {
        JsonSection? parameters = json.Section("rope_parameters");
        JsonSection? scaling = parameters ?? json.Section("rope_scaling");
        var rope = new RopeConfig
        {
            Theta = parameters?.OptionalDouble("rope_theta", 1, ThetaMax) ?? json.OptionalDouble("rope_theta", 1, ThetaMax) ?? 10_000,
            Dimensions = Dimensions(json, scaling, family, headDimension),
        };
        if (scaling is not { } section) return rope;
        string type = section.OptionalString("rope_type") ?? section.OptionalString("type") ?? "default";
        return type switch
        {
            "default" => Plain(section, rope),
            "linear" => rope with
            {
                FrequencyDivisors = RopeConfig.Stretch(
                    null, section.RequiredDouble("factor", 1, FactorMax), (rope.Dimensions ?? headDimension) / 2),
            },
            "llama3" => rope with { Llama3 = Llama3(section) },
            "longrope" or "su" => rope with { LongRope = LongRope(json, section, (rope.Dimensions ?? headDimension) / 2, contextLength) },
            _ => throw section.Unsupported("rope_type", $"is '{type}'; known are default, linear, llama3, longrope."),
        };
    }

    /// <summary>A factor that no scaling uses was meant for one.</summary>
    private static RopeConfig Plain(JsonSection section, RopeConfig rope)
    {
        if (section.OptionalDouble("factor", 0, FactorMax) is not { } factor || factor == 1) return rope;
        throw section.Unsupported("factor", $"is {factor}, and rope_type does not say what it scales.");
    }

    private static int? Dimensions(JsonSection json, JsonSection? scaling, ModelFamily family, int headDimension)
    {
        const string Key = "partial_rotary_factor";
        double? part = scaling?.OptionalDouble(Key, 0, 1) ?? json.OptionalDouble(Key, 0, 1);
        if (part is null or 1) return null;
        if (!family.PartialRotary) throw json.Unsupported(Key, $"is {part}; the engine turns whole heads of {family.ClassName}.");
        int dimensions = (int)(headDimension * part.Value);
        if (dimensions >= 2 && dimensions % 2 == 0) return dimensions;
        throw json.Problem(Key, $"is {part}, which is {dimensions} of {headDimension} dimensions; rotary embedding needs an even number.");
    }

    private static Llama3RopeScaling Llama3(JsonSection json)
    {
        double low = json.RequiredDouble("low_freq_factor", 1e-3, FactorMax);
        double high = json.RequiredDouble("high_freq_factor", 1e-3, FactorMax);
        if (high <= low) throw json.Problem("high_freq_factor", $"is {high}; it must be above low_freq_factor = {low}.");
        return new Llama3RopeScaling
        {
            Factor = json.RequiredDouble("factor", 1, FactorMax),
            LowFrequencyFactor = low,
            HighFrequencyFactor = high,
            OriginalContextLength = json.RequiredInt("original_max_position_embeddings", 1, ModelConfigReader.ContextMax),
        };
    }

    private static LongRopeScaling LongRope(JsonSection root, JsonSection json, int pairs, int contextLength)
    {
        foreach (string key in (ReadOnlySpan<string>)["short_mscale", "long_mscale"])
        {
            if (json.Find(key) is not null) throw json.Unsupported(key, "is set; the engine scales short and long contexts alike.");
        }

        const string OriginalKey = "original_max_position_embeddings";
        int original = json.OptionalInt(OriginalKey, 2, ModelConfigReader.ContextMax)
            ?? root.RequiredInt(OriginalKey, 2, ModelConfigReader.ContextMax);
        double extension = json.OptionalDouble("factor", 1e-3, FactorMax) ?? (double)contextLength / original;
        return new LongRopeScaling
        {
            ShortFactors = Factors(json, "short_factor", pairs),
            LongFactors = Factors(json, "long_factor", pairs),
            OriginalContextLength = original,
            AttentionFactor = json.OptionalDouble("attention_factor", 1e-3, FactorMax) ?? AttentionFactor(extension, original),
        };
    }

    /// <summary>The LongRoPE paper's scale, which keeps the entropy of attention as the context grows.</summary>
    private static double AttentionFactor(double extension, int original) =>
        extension <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(extension) / Math.Log(original)));

    private static double[] Factors(JsonSection json, string key, int pairs)
    {
        if (json.Find(key) is null) throw json.Missing(key, $"a list of {pairs} numbers");
        var factors = new List<double>();
        foreach (JsonElement element in json.List(key, 1 << 16))
        {
            double factor = element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double parsed) ? parsed : double.NaN;
            if (factor is not (>= 1e-3 and <= FactorMax)) throw json.Unexpected(key, element, $"a number from 0.001 to {FactorMax}");
            factors.Add(factor);
        }

        if (factors.Count != pairs) throw json.Problem(key, $"has {factors.Count} numbers; {pairs} pairs of dimensions turn.");
        return [.. factors];
    }
}
