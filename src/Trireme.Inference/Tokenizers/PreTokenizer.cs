namespace Trireme.Inference.Tokenizers;

/// <summary>Splits text into the words that pairs are merged within.</summary>
internal sealed class PreTokenizer(IReadOnlyList<SplitStep> steps, SpaceRule spaces)
{
    /// <summary>
    /// The patterns whose matches and gaps are words, one after another; null where matches are joined or dropped, or spaces marked.
    /// </summary>
    public IReadOnlyList<string>? Patterns =>
        spaces is { Mark: ' ', Prefix: SpacePrefix.Never } && steps.All(step => step.Isolates)
            ? [.. steps.Select(step => step.Expression)]
            : null;

    /// <summary>The text to split: with spaces marked, and a mark before it, where the model was trained so.</summary>
    /// <param name="text">A text, or a part of one between added tokens.</param>
    /// <param name="atStart">The part begins the text.</param>
    public string Prepare(string text, bool atStart)
    {
        if (spaces.Mark != ' ') text = text.Replace(' ', spaces.Mark);
        bool prefixed = spaces.Prefix == SpacePrefix.Always || (spaces.Prefix == SpacePrefix.First && atStart);
        return prefixed && text.Length > 0 && text[0] != spaces.Mark ? spaces.Mark + text : text;
    }

    /// <summary>The words as ranges of the text, in order.</summary>
    public List<(int Start, int Length)> Split(string text)
    {
        if (steps.Count == 0) return [(0, text.Length)];
        var view = CodePointText.Of(text);
        List<(int Start, int Length)> pieces = [(0, view.Units.Length)];
        foreach (SplitStep step in steps)
        {
            var next = new List<(int Start, int Length)>(view.Units.Length / 4 + 1);
            foreach ((int start, int length) in pieces) step.Apply(view.Units, start, length, next);
            pieces = next;
        }

        for (int i = 0; i < pieces.Count; i++) pieces[i] = view.Locate(pieces[i].Start, pieces[i].Length);
        return pieces;
    }
}

/// <summary>What stands for a space, and where one is put before a text.</summary>
internal readonly record struct SpaceRule(char Mark, SpacePrefix Prefix);

/// <summary>Which parts of a text get a space before them.</summary>
internal enum SpacePrefix
{
    Never,

    /// <summary>The part that begins the text.</summary>
    First,

    /// <summary>Every part between added tokens.</summary>
    Always,
}
