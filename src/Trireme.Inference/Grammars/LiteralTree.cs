namespace Trireme.Inference.Grammars;

/// <summary>Adds a choice of texts as a tree, so that a thousand of them are one way to go until they differ.</summary>
internal static class LiteralTree
{
    public static void Add(GrammarBuilder builder, List<byte[]> texts, int from, int to)
    {
        texts.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        var path = new List<int> { from };
        ReadOnlySpan<byte> previous = [];
        for (int i = 0; i < texts.Count; i++)
        {
            ReadOnlySpan<byte> text = texts[i];
            if (i > 0 && text.SequenceEqual(previous)) continue;
            int shared = text.CommonPrefixLength(previous);
            path.RemoveRange(shared + 1, path.Count - shared - 1);
            for (int depth = shared; depth < text.Length; depth++)
            {
                int next = builder.AddNode();
                builder.Bytes(path[depth], text[depth], text[depth], next);
                path.Add(next);
            }

            builder.Empty(path[text.Length], to);
            previous = text;
        }
    }
}
