namespace Trireme.Inference.Tokenizers;

/// <summary>
/// The alphabet a vocabulary is written in: which symbols a word consists of before its first merge, and which text a token's spelling
/// stands for. Spellings are UTF-8.
/// </summary>
internal abstract class TokenAlphabet
{
    /// <summary>No character has more symbols per UTF-16 unit: its bytes in UTF-8.</summary>
    public const int SymbolsPerUnitMax = 3;

    /// <summary>No symbol is spelled with more bytes per UTF-16 unit of the word.</summary>
    public const int SpellingBytesPerUnitMax = 2 * SymbolsPerUnitMax;

    /// <summary>Writes the tokens of a word's symbols and returns how many there are.</summary>
    public abstract int Write(ReadOnlySpan<char> word, Span<int> symbols);

    /// <summary>Writes a word as the vocabulary spells it and returns the length.</summary>
    public abstract int Spell(ReadOnlySpan<char> word, Span<byte> spelling);

    /// <summary>
    /// Writes the bytes of text that a token of the vocabulary stands for, which are no more than its spelling has, and returns how many
    /// there are.
    /// </summary>
    public abstract int Decode(ReadOnlySpan<byte> spelling, Span<byte> text);

    /// <summary>How the vocabulary spells a token that stands for these bytes.</summary>
    public abstract string Respell(int id, ReadOnlySpan<byte> text);

    /// <summary>Whether every text is written with as many symbols as it has characters, or more.</summary>
    public abstract bool KeepsCharacters { get; }

    /// <summary>The bytes of text that an added token stands for.</summary>
    public abstract byte[] AddedBytes(string content);
}
