namespace Trireme.Inference.Tokenizers;

/// <summary>
/// The alphabet a vocabulary is written in: which symbols a word consists of before its first merge, and which text a token's spelling
/// stands for.
/// </summary>
internal abstract class TokenAlphabet
{
    /// <summary>No character has more symbols per UTF-16 unit: its bytes in UTF-8.</summary>
    public const int SymbolsPerUnitMax = 3;

    /// <summary>Writes the tokens of a word's symbols and returns how many there are.</summary>
    public abstract int Write(ReadOnlySpan<char> word, Span<int> symbols);

    /// <summary>Writes a word as the vocabulary spells it and returns the length.</summary>
    public abstract int Spell(ReadOnlySpan<char> word, Span<char> spelling);

    /// <summary>The bytes of text that a token of the vocabulary stands for.</summary>
    public abstract byte[] Bytes(string spelling);

    /// <summary>The bytes of text that an added token stands for.</summary>
    public abstract byte[] AddedBytes(string content);
}
