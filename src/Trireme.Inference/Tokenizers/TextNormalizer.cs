using Trireme.Inference.Tokenizers.Normalization;

namespace Trireme.Inference.Tokenizers;

/// <summary>What happens to a text before it is split, step by step.</summary>
internal sealed class TextNormalizer(params IReadOnlyList<NormalizerStep> steps)
{
    public static TextNormalizer None { get; } = new();

    public IReadOnlyList<NormalizerStep> Steps => steps;

    public string Apply(string text)
    {
        foreach (NormalizerStep step in steps) text = step.Apply(text);
        return text;
    }
}

internal abstract record NormalizerStep
{
    public abstract string Apply(string text);
}

/// <summary>Brings text to normalization form C.</summary>
internal sealed record ComposeStep : NormalizerStep
{
    public override string Apply(string text) => CanonicalComposition.Compose(text);
}

/// <summary>Puts something before every text that is not empty.</summary>
internal sealed record PrependStep(string Content) : NormalizerStep
{
    public override string Apply(string text) => text.Length == 0 ? text : Content + text;
}

/// <summary>Replaces every occurrence of a text.</summary>
internal sealed record ReplaceStep(string Pattern, string Content) : NormalizerStep
{
    public override string Apply(string text) => text.Replace(Pattern, Content, StringComparison.Ordinal);
}
