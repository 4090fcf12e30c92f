using System.Text;

namespace Trireme.Inference.Grammars.Patterns;

/// <summary>
/// Characters as plain UTF-8. A range of characters becomes few sequences of byte ranges: it is cut where the number of bytes changes
/// and where a leading byte is not followed by all of its continuations.
/// </summary>
internal sealed class Utf8Encoder : ICharacterEncoder
{
    public static Utf8Encoder Instance { get; } = new();

    private static ReadOnlySpan<int> LengthEnds => [0x7F, 0x7FF, 0xFFFF, 0x10FFFF];

    public void Encode(GrammarBuilder builder, CharacterSet set, int from, int to)
    {
        foreach (CharacterRange range in set.Ranges)
        {
            int first = range.First;
            foreach (int end in LengthEnds)
            {
                if (first > range.Last) break;
                if (first > end) continue;
                Split(builder, first, Math.Min(range.Last, end), from, to);
                first = end + 1;
            }
        }
    }

    /// <summary>Cuts a range of characters of one length until each position's bytes are free of the others'.</summary>
    private static void Split(GrammarBuilder builder, int first, int last, int from, int to)
    {
        for (int continuations = 1; continuations <= 3; continuations++)
        {
            int mask = (1 << (6 * continuations)) - 1;
            if ((first & ~mask) == (last & ~mask)) continue;
            if (last <= 0x7F) break;
            if ((first & mask) != 0)
            {
                Split(builder, first, first | mask, from, to);
                Split(builder, (first | mask) + 1, last, from, to);
                return;
            }

            if ((last & mask) != mask)
            {
                Split(builder, first, (last & ~mask) - 1, from, to);
                Split(builder, last & ~mask, last, from, to);
                return;
            }
        }

        Span<byte> lows = stackalloc byte[4];
        Span<byte> highs = stackalloc byte[4];
        int length = new Rune(first).EncodeToUtf8(lows);
        new Rune(last).EncodeToUtf8(highs);
        for (int i = 0; i < length; i++)
        {
            int next = i == length - 1 ? to : builder.AddNode();
            builder.Bytes(from, lows[i], highs[i], next);
            from = next;
        }
    }
}
