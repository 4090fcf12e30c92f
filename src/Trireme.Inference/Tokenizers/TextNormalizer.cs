using Trireme.Inference.Tokenizers.Normalization;

namespace Trireme.Inference.Tokenizers;

/// <summary>What happens to a text before it is split, step by step.</summary>
internal sealed class TextNormalizer(params IReadOnlyList<NormalizerStep> steps)
{
    public static TextNormalizer None { get; } = new();

    public IReadOnlyList<NormalizerStep> Steps => steps;

    /// <summary>
    /// How many UTF-16 units of a text become one of its normalized bytes at most; null where text may vanish.
    /// </summary>
    public int? UnitsPerByteMax
    {
        get
        {
            int factor = 1;
            foreach (NormalizerStep step in steps)
            {
                if (step.UnitsPerByteMax is not { } units) return null;
                factor *= units;
            }

            return factor;
        }
    }

    public string Apply(string text)
    {
        foreach (NormalizerStep step in steps) text = step.Apply(text);
        return text;
    }
}

internal abstract record NormalizerStep
{
    /// <summary>How many units of a text the step makes one byte of at most; null where it may make nothing of them.</summary>
    public abstract int? UnitsPerByteMax { get; }

    public abstract string Apply(string text);
}

/// <summary>Brings text to normalization form C.</summary>
internal sealed record ComposeStep : NormalizerStep
{
    /// <summary>Four units become a letter with three marks, which takes three bytes.</summary>
    public override int? UnitsPerByteMax => 2;

    public override string Apply(string text) => CanonicalComposition.Compose(text);
}

/// <summary>Puts something before every text that is not empty.</summary>
internal sealed record PrependStep(string Content) : NormalizerStep
{
    public override int? UnitsPerByteMax => 1;

    public override string Apply(string text) => text.Length == 0 ? text : Content + text;
}

/// <summary>Replaces every occurrence of a text.</summary>
internal sealed record ReplaceStep(string Pattern, string Content) : NormalizerStep
{
    public override int? UnitsPerByteMax =>
        Content.Length == 0 ? null : Math.Max(1, (Pattern.Length + Content.Length - 1) / Content.Length);

    public override string Apply(string text) => text.Replace(Pattern, Content, StringComparison.Ordinal);
}
