using System.Runtime.InteropServices;
using System.Text;

namespace Trireme.Inference.Tokenizers.Normalization;

/// <summary>
/// Normalization form C (Unicode Standard Annex 15). Written out because string.Normalize returns its input unchanged in the
/// invariant globalization mode this program runs in, and tokenizers trained on NFC text mis-split anything else.
/// </summary>
internal static class CanonicalComposition
{
    private const char FirstComposable = '\u0300';
    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TailCount = 28;
    private const int HangulCount = LeadCount * VowelCount * TailCount;

    public static string Compose(string text)
    {
        // Everything below the first combining mark is its own composition.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', (char)(FirstComposable - 1))) return text;
        CanonicalData data = CanonicalData.Instance;
        var characters = new List<int>(text.Length + 8);
        foreach (Rune rune in text.EnumerateRunes()) Decompose(data, rune.Value, characters);
        Span<int> decomposed = CollectionsMarshal.AsSpan(characters);
        Reorder(data, decomposed);
        int count = Compose(data, decomposed);
        var result = new StringBuilder(text.Length);
        Span<char> units = stackalloc char[2];
        foreach (int character in decomposed[..count]) result.Append(units[..new Rune(character).EncodeToUtf16(units)]);
        return result.ToString();
    }

    private static void Decompose(CanonicalData data, int character, List<int> output)
    {
        int syllable = character - HangulBase;
        if (syllable is >= 0 and < HangulCount)
        {
            output.Add(LeadBase + syllable / (VowelCount * TailCount));
            output.Add(VowelBase + syllable % (VowelCount * TailCount) / TailCount);
            if (syllable % TailCount != 0) output.Add(TailBase + syllable % TailCount);
        }
        else if (data.Decompose(character) is { } parts)
        {
            foreach (int part in parts) Decompose(data, part, output);
        }
        else
        {
            output.Add(character);
        }
    }

    /// <summary>Sorts each run of marks by combining class, stably, so a long run of marks costs no quadratic time.</summary>
    private static void Reorder(CanonicalData data, Span<int> characters)
    {
        for (int start = 0; start < characters.Length; start++)
        {
            if (data.CombiningClass(characters[start]) == 0) continue;
            int end = start + 1;
            while (end < characters.Length && data.CombiningClass(characters[end]) != 0) end++;
            if (end - start > 1)
            {
                int[] sorted = [.. characters[start..end].ToArray().OrderBy(data.CombiningClass)];
                sorted.CopyTo(characters[start..end]);
            }

            start = end;
        }
    }

    /// <summary>Composes in place and returns how many characters are left.</summary>
    private static int Compose(CanonicalData data, Span<int> characters)
    {
        int count = 0;
        int starter = -1;
        int lastClass = 0;
        foreach (int character in characters)
        {
            int combiningClass = data.CombiningClass(character);
            // A mark is blocked from its starter by a mark of its own or a higher class between them.
            bool blocked = starter < 0 || (count - starter > 1 && lastClass >= combiningClass);
            if (!blocked && TryCompose(data, characters[starter], character, out int composed))
            {
                characters[starter] = composed;
                continue;
            }

            if (combiningClass == 0) starter = count;
            lastClass = combiningClass;
            characters[count++] = character;
        }

        return count;
    }

    private static bool TryCompose(CanonicalData data, int first, int second, out int composed)
    {
        int lead = first - LeadBase;
        int vowel = second - VowelBase;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            composed = HangulBase + (lead * VowelCount + vowel) * TailCount;
            return true;
        }

        int syllable = first - HangulBase;
        int tail = second - TailBase;
        if (syllable is >= 0 and < HangulCount && syllable % TailCount == 0 && tail is > 0 and < TailCount)
        {
            composed = first + tail;
            return true;
        }

        return data.TryCompose(first, second, out composed);
    }
}
