namespace Trireme.Inference.Tokenizers;

/// <summary>Which added tokens count in a text, by whose words its parts are.</summary>
/// <param name="parsesSpecial">Special tokens count in the template's text.</param>
/// <param name="spans">The parts that are not the template's, in order.</param>
/// <param name="offset">Where the text at hand begins in the one that the spans belong to.</param>
internal readonly struct TokenRecognition(bool parsesSpecial, IReadOnlyList<TextSpan> spans, int offset = 0)
{
    /// <summary>Special tokens count, or none.</summary>
    public static TokenRecognition Everywhere(bool parsesSpecial) => new(parsesSpecial, []);

    public bool KnowsOrigins => spans.Count > 0;

    /// <summary>For a part of the text that begins later.</summary>
    public TokenRecognition Skip(int units) => new(parsesSpecial, spans, offset + units);

    /// <summary>For another spelling of a part of the text, which has spans of its own.</summary>
    public TokenRecognition Within(IReadOnlyList<TextSpan> own) => new(parsesSpecial, own);

    /// <summary>A part of the text with its spans.</summary>
    public PromptText PartOf(string part)
    {
        var own = new List<TextSpan>();
        for (int i = FirstEndingAfter(offset); i < spans.Count && spans[i].Start < offset + part.Length; i++)
        {
            int from = Math.Max(spans[i].Start - offset, 0), to = Math.Min(spans[i].End - offset, part.Length);
            own.Add(new TextSpan(from, to - from, spans[i].Origin));
        }

        return new PromptText(part, own);
    }

    public bool Allows(AddedToken token, int start, int end)
    {
        if (token.Special && !parsesSpecial) return false;
        if (!token.IsControl || spans.Count == 0) return true;
        return Origins(start, end).Least switch
        {
            TextOrigin.Template => true,
            TextOrigin.Answer => !token.Special,
            _ => false,
        };
    }

    /// <summary>Part of the range is the template's, and part is not.</summary>
    public bool IsMixed(int start, int end) =>
        spans.Count > 0 && Origins(start, end) is { Covered: > 0 } found && found.Covered < end - start;

    /// <summary>The least trusted origin in a range, and how much of the range is not the template's.</summary>
    private (TextOrigin Least, int Covered) Origins(int start, int end)
    {
        (int from, int to) = (start + offset, end + offset);
        TextOrigin least = TextOrigin.Template;
        int covered = 0;
        for (int i = FirstEndingAfter(from); i < spans.Count && spans[i].Start < to; i++)
        {
            if (spans[i].Origin > least) least = spans[i].Origin;
            covered += Math.Min(spans[i].End, to) - Math.Max(spans[i].Start, from);
        }

        return (least, covered);
    }

    private int FirstEndingAfter(int position)
    {
        int low = 0, high = spans.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (spans[middle].End > position) high = middle;
            else low = middle + 1;
        }

        return low;
    }
}
