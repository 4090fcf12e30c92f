using System.Text;

namespace Trireme.Inference.Tests.Tokenizers;

/// <summary>Text of words, white space, digits, marks, emoji, rare planes and special tokens.</summary>
internal static class RandomText
{
    private static readonly string[] Fragments =
    [
        " ", "  ", "\n", "\r\n", "\t", "the", " the", "Inner", "'s", "'LL", "éa", "日本語",
        "0", "12345", "...", "—", "<|end|>", "<|en", "😀", "👩‍👧", 
        "𝒜", "٣", "𝟗", "\u0301", "\u00A0", "\u3000", "\0",
    ];

    public static string Next(Random random, int partsMax)
    {
        var text = new StringBuilder();
        for (int parts = random.Next(partsMax); parts > 0; parts--)
        {
            if (random.Next(4) > 0)
            {
                text.Append(Fragments[random.Next(Fragments.Length)]);
                continue;
            }

            int value = random.Next(0x11_0000);
            if (Rune.IsValid(value)) text.Append(new Rune(value).ToString());
        }

        return text.ToString();
    }
}
