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

    /// <summary>The same, with what is known of whose words its parts are.</summary>
    public PromptText Apply(PromptText text)
    {
        foreach (NormalizerStep step in steps)
        {
            string result = step.Apply(text.Text);
            // Equal lengths leave every character in its place.
            text = result.Length == text.Text.Length
                ? text with { Text = result }
                : new PromptText(result, SpanMap.Move(text, result, step.Pieces(text.Text)));
        }

        return text;
    }
}

internal abstract record NormalizerStep
{
    /// <summary>How many units of a text the step makes one byte of at most; null where it may make nothing of them.</summary>
    public abstract int? UnitsPerByteMax { get; }

    public abstract string Apply(string text);

    /// <summary>
    /// Cuts a text into ranges that the step changes one by one, each with the length it gets; what lies between stays as it is.
    /// </summary>
    public abstract IEnumerable<(int Start, int Length, int NewLength)> Pieces(string text);
}

/// <summary>Brings text to normalization form C.</summary>
internal sealed record ComposeStep : NormalizerStep
{
    /// <summary>Four units become a letter with three marks, which takes three bytes.</summary>
    public override int? UnitsPerByteMax => 2;

    public override string Apply(string text) => CanonicalComposition.Compose(text);

    /// <summary>Nothing composes with an ASCII character before it, so each with what follows it is by itself.</summary>
    public override IEnumerable<(int Start, int Length, int NewLength)> Pieces(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = start + 1;
            while (end < text.Length && !char.IsAscii(text[end])) end++;
            if (end - start > 1) yield return (start, end - start, Apply(text[start..end]).Length);
            start = end;
        }
    }
}

/// <summary>Puts something before every text that is not empty.</summary>
internal sealed record PrependStep(string Content) : NormalizerStep
{
    public override int? UnitsPerByteMax => 1;

    public override string Apply(string text) => text.Length == 0 ? text : Content + text;

    public override IEnumerable<(int Start, int Length, int NewLength)> Pieces(string text) => [(0, 0, Content.Length)];
}

/// <summary>Replaces every occurrence of a text.</summary>
internal sealed record ReplaceStep(string Pattern, string Content) : NormalizerStep
{
    public override int? UnitsPerByteMax =>
        Content.Length == 0 ? null : Math.Max(1, (Pattern.Length + Content.Length - 1) / Content.Length);

    public override string Apply(string text) => text.Replace(Pattern, Content, StringComparison.Ordinal);

    public override IEnumerable<(int Start, int Length, int NewLength)> Pieces(string text)
    {
        for (int at = 0; (at = text.IndexOf(Pattern, at, StringComparison.Ordinal)) >= 0; at += Pattern.Length)
        {
            yield return (at, Pattern.Length, Content.Length);
        }
    }
}
