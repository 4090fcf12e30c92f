namespace Trireme.Inference.Tokenizers;

/// <summary>Whose words a part of a prompt is, from the most trusted on.</summary>
public enum TextOrigin
{
    /// <summary>The template's own, in which every token is recognised.</summary>
    Template,

    /// <summary>An earlier answer that a client gives back: it may hold the marks that answers show, and no special token.</summary>
    Answer,

    /// <summary>A client's, or text that comes from anywhere: it is ordinary text.</summary>
    Client,
}

/// <summary>A part of a text that is not the template's, in UTF-16 units.</summary>
public readonly record struct TextSpan(int Start, int Length, TextOrigin Origin)
{
    public int End => Start + Length;
}

/// <summary>
/// A rendered conversation with what is known of whose words it is. The spans are in order and do not meet; what lies between them is the
/// template's.
/// </summary>
public sealed record PromptText(string Text, IReadOnlyList<TextSpan> Spans)
{
    /// <summary>A text that is the template's as a whole.</summary>
    public static PromptText Trusted(string text) => new(text, []);

    /// <summary>The text with trusted text behind it.</summary>
    public PromptText Append(string trusted) => this with { Text = Text + trusted };

    /// <summary>A part of the text, with its spans.</summary>
    public PromptText Slice(int start, int length)
    {
        if (start == 0 && length == Text.Length) return this;
        var spans = new List<TextSpan>();
        foreach (TextSpan span in Spans)
        {
            int from = Math.Max(span.Start, start), to = Math.Min(span.End, start + length);
            if (to > from) spans.Add(new TextSpan(from - start, to - from, span.Origin));
        }

        return new PromptText(Text.Substring(start, length), spans);
    }
}
