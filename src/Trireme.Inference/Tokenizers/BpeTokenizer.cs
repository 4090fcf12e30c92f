using System.Buffers;
using System.Text;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Byte-pair encoding, over bytes as GPT-2 and its relatives do it or over characters as SentencePiece does. Safe to use from many
/// threads.
/// </summary>
public sealed class BpeTokenizer : ITokenizer
{
    private const int StackBytesMax = 512;
    private const int StackSymbolsMax = 128;

    // The longest tokens of published vocabularies are runs of some hundred spaces.
    private const int WholeWordLengthMax = 256;

    private readonly TokenizerDefinition _definition;
    private readonly BytePairMerger _merger;
    private readonly WordCache _cache = new();
    private readonly AddedTokenMatcher _rawTokens;
    private readonly AddedTokenMatcher _normalizedTokens;
    private readonly byte[]?[] _bytes;
    private readonly Dictionary<int, byte[]> _specialTexts = [];

    internal BpeTokenizer(TokenizerDefinition definition, int? beginOfSequence, IEnumerable<int> endOfSequence)
    {
        _definition = definition;
        _merger = new BytePairMerger(definition.Merges);
        _rawTokens = new AddedTokenMatcher(
            definition.AddedTokens.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        _normalizedTokens = new AddedTokenMatcher(
            definition.AddedTokens.Where(token => token.Normalized).Select(token => (definition.Normalizer.Apply(token.Content), token)));
        int last = Math.Max(
            definition.Tokens.Select(token => token.Value).DefaultIfEmpty(-1).Max(),
            definition.AddedTokens.Select(token => token.Id).DefaultIfEmpty(-1).Max());
        _bytes = new byte[last + 1][];
        FillBytes();
        BeginOfSequence = beginOfSequence;
        EndOfSequence = endOfSequence.ToHashSet();
    }

    public int VocabularySize => _bytes.Length;

    public int? BeginOfSequence { get; }

    public IReadOnlySet<int> EndOfSequence { get; }

    public bool StripsLeadingSpace => _definition.StripsLeadingSpace;

    /// <inheritdoc/>
    /// <remarks>Half surrogate pairs become U+FFFD.</remarks>
    /// <exception cref="Formats.ModelFormatException">A pattern of the model ran out of time on this text.</exception>
    public int[] Encode(string text, bool addSpecial = true, bool parseSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        var output = new List<int>(text.Length / 3 + 8);
        if (addSpecial) output.AddRange(_definition.PostProcessing.Prefix);
        int position = 0;
        int plain = 0;
        while (_rawTokens.TryNext(text, parseSpecial, ref position, out (int Start, AddedToken Token) found))
        {
            EncodeRaw(text[plain..found.Start], parseSpecial, atStart: plain == 0, output);
            output.Add(found.Token.Id);
            plain = position;
        }

        EncodeRaw(text[plain..], parseSpecial, atStart: plain == 0, output);
        if (addSpecial) output.AddRange(_definition.PostProcessing.Suffix);
        return [.. output];
    }

    /// <inheritdoc/>
    /// <remarks>Ids outside the vocabulary, such as those that pad a model's output layer, decode to nothing.</remarks>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        int count = 0;
        foreach (int id in ids) count += Bytes(id, skipSpecial).Length;
        byte[]? rented = null;
        Span<byte> buffer = count <= StackBytesMax ? stackalloc byte[StackBytesMax] : rented = ArrayPool<byte>.Shared.Rent(count);
        int length = 0;
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> bytes = Bytes(id, skipSpecial);
            bytes.CopyTo(buffer[length..]);
            length += bytes.Length;
        }

        Span<byte> decoded = buffer[..length];
        if (StripsLeadingSpace && decoded.StartsWith(" "u8)) decoded = decoded[1..];
        string text = Encoding.UTF8.GetString(decoded);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return text;
    }

    public ReadOnlySpan<byte> TokenBytes(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : default(ReadOnlySpan<byte>);

    public bool IsSpecial(int id) => _specialTexts.ContainsKey(id);

    private ReadOnlySpan<byte> Bytes(int id, bool skipSpecial)
    {
        if (!skipSpecial && _specialTexts.TryGetValue(id, out byte[]? text)) return text;
        return TokenBytes(id);
    }

    /// <summary>Encodes a part of a text between tokens that are matched in the text as given.</summary>
    private void EncodeRaw(string raw, bool parseSpecial, bool atStart, List<int> output)
    {
        string text = _definition.Normalizer.Apply(raw);
        int position = 0;
        int plain = 0;
        while (_normalizedTokens.TryNext(text, parseSpecial, ref position, out (int Start, AddedToken Token) found))
        {
            EncodePlain(text[plain..found.Start], atStart && plain == 0, output);
            output.Add(found.Token.Id);
            plain = position;
        }

        EncodePlain(text[plain..], atStart && plain == 0, output);
    }

    private void EncodePlain(string text, bool atStart, List<int> output)
    {
        if (text.Length == 0) return;
        text = _definition.PreTokenizer.Prepare(text, atStart);
        foreach ((int start, int length) in _definition.PreTokenizer.Split(text)) EncodeWord(text.AsSpan(start, length), output);
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> output)
    {
        bool cacheable = word.Length <= WordCache.WordLengthMax;
        if (cacheable && _cache.TryGet(word, out int[] cached))
        {
            output.AddRange(cached);
            return;
        }

        int before = output.Count;
        if (!TryAddWhole(word, output))
        {
            int symbolsMax = word.Length * TokenAlphabet.SymbolsPerUnitMax;
            int[]? rented = null;
            Span<int> symbols = symbolsMax <= StackSymbolsMax
                ? stackalloc int[StackSymbolsMax]
                : rented = ArrayPool<int>.Shared.Rent(symbolsMax);
            _merger.Merge(symbols[.._definition.Alphabet.Write(word, symbols)], output);
            if (rented is not null) ArrayPool<int>.Shared.Return(rented);
        }

        if (cacheable) _cache.Add(word, [.. output[before..]]);
    }

    private bool TryAddWhole(ReadOnlySpan<char> word, List<int> output)
    {
        if (!_definition.IgnoreMerges || word.Length > WholeWordLengthMax) return false;
        Span<char> spelling = stackalloc char[word.Length * TokenAlphabet.SymbolsPerUnitMax];
        spelling = spelling[.._definition.Alphabet.Spell(word, spelling)];
        if (!_definition.Vocabulary.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(spelling, out int id)) return false;
        output.Add(id);
        return true;
    }

    private void FillBytes()
    {
        foreach ((string token, int id) in _definition.Tokens) _bytes[id] = _definition.Alphabet.Bytes(token);
        foreach (AddedToken token in _definition.AddedTokens)
        {
            if (token.Special) _specialTexts[token.Id] = Encoding.UTF8.GetBytes(token.Content);
            _bytes[token.Id] = token.Special ? [] : _definition.Alphabet.AddedBytes(token.Content);
        }
    }
}
