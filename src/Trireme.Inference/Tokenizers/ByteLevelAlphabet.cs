using System.Text;

namespace Trireme.Inference.Tokenizers;

/// <summary>Every byte of a word's UTF-8 is a symbol, so that any text can be written: the alphabet of GPT-2.</summary>
/// <param name="byteTokens">The token of each single byte; -1 for bytes that UTF-8 never holds when the vocabulary lacks them.</param>
internal sealed class ByteLevelAlphabet(int[] byteTokens) : TokenAlphabet
{
    /// <summary>The single bytes' tokens, and the first byte that text can hold and the vocabulary lacks.</summary>
    public static (int[] Tokens, byte? Missing) Find(Vocabulary vocabulary)
    {
        var tokens = new int[256];
        byte? missing = null;
        Span<byte> spelling = stackalloc byte[2];
        for (int value = tokens.Length - 1; value >= 0; value--)
        {
            // UTF-8 never holds these bytes, so no text needs them.
            bool unused = value is 0xC0 or 0xC1 or >= 0xF5;
            tokens[value] = vocabulary.TryGetId(spelling[..ByteAlphabet.Spell((byte)value, spelling)], out int id) ? id : -1;
            if (tokens[value] < 0 && !unused) missing = (byte)value;
        }

        return (tokens, missing);
    }

    public override int Write(ReadOnlySpan<char> word, Span<int> symbols)
    {
        int count = 0;
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in word.EnumerateRunes())
        {
            int length = rune.EncodeToUtf8(bytes);
            for (int i = 0; i < length; i++) symbols[count++] = byteTokens[bytes[i]];
        }

        return count;
    }

    public override int Spell(ReadOnlySpan<char> word, Span<byte> spelling)
    {
        int count = 0;
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in word.EnumerateRunes())
        {
            int length = rune.EncodeToUtf8(bytes);
            for (int i = 0; i < length; i++) count += ByteAlphabet.Spell(bytes[i], spelling[count..]);
        }

        return count;
    }

    /// <inheritdoc/>
    /// <remarks>An entry outside the byte alphabet is never the result of encoding; decoders show it as it is written.</remarks>
    public override int Decode(ReadOnlySpan<byte> spelling, Span<byte> text)
    {
        if (ByteAlphabet.TryDecode(spelling, text, out int count)) return count;
        spelling.CopyTo(text);
        return spelling.Length;
    }

    public override bool KeepsCharacters => true;

    public override string Respell(int id, ReadOnlySpan<byte> text)
    {
        var spelling = new StringBuilder(text.Length);
        foreach (byte value in text) spelling.Append(ByteAlphabet.CharOf(value));
        return spelling.ToString();
    }

    public override byte[] AddedBytes(string content) => Encoding.UTF8.GetBytes(content);
}
