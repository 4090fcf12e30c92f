namespace Trireme.Inference.Tokenizers;

/// <summary>Moves spans along with a text whose parts change their lengths.</summary>
internal static class SpanMap
{
    /// <param name="text">The text before.</param>
    /// <param name="result">The text after.</param>
    /// <param name="pieces">What changed, in order: a range of the text and its length in the result.</param>
    /// <returns>The spans in the result. A piece that a span touches belongs to it as a whole.</returns>
    public static List<TextSpan> Move(PromptText text, string result, IEnumerable<(int Start, int Length, int NewLength)> pieces)
    {
        // Where a span that begins or ends at each place of the text begins or ends in the result.
        var starts = new int[text.Text.Length + 1];
        var ends = new int[text.Text.Length + 1];
        int at = 0, moved = 0;
        foreach ((int start, int length, int newLength) in pieces)
        {
            Fill(start);
            for (int i = 0; i < length; i++)
            {
                if (i > 0) ends[at] = moved + newLength;
                starts[at++] = moved;
            }

            moved += newLength;
            ends[at] = moved;
        }

        Fill(text.Text.Length);
        starts[at] = moved;
        if (at == 0 || ends[at] == 0) ends[at] = moved;
        return [.. Merge(text.Spans, starts, ends, result.Length)];

        void Fill(int end)
        {
            while (at < end)
            {
                if (ends[at] == 0) ends[at] = moved;
                starts[at++] = moved++;
                ends[at] = moved;
            }
        }
    }

    private static IEnumerable<TextSpan> Merge(IReadOnlyList<TextSpan> spans, int[] starts, int[] ends, int length)
    {
        int last = 0;
        foreach (TextSpan span in spans)
        {
            int from = Math.Max(last, starts[span.Start]), to = Math.Min(length, ends[span.End]);
            if (to <= from) continue;
            last = to;
            yield return new TextSpan(from, to - from, span.Origin);
        }
    }
}
