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

    private readonly TextNormalizer _normalizer;
    private readonly PreTokenizer _preTokenizer;
    private readonly PostProcessing _postProcessing;
    private readonly TokenAlphabet _alphabet;

    // Only where a word may be a token whatever its merges say; otherwise nothing asks for spellings any more.
    private readonly Vocabulary? _wholeWords;
    private readonly HashSet<int> _controlTokens;
    private readonly BytePairMerger _merger;
    private readonly WordCache _cache = new();
    private readonly AddedTokenMatcher _rawTokens;
    private readonly AddedTokenMatcher _normalizedTokens;
    private readonly ByteStrings _bytes;
    private readonly Dictionary<int, byte[]> _specialTexts = [];

    internal BpeTokenizer(TokenizerDefinition definition, int? beginOfSequence, IEnumerable<int> endOfSequence)
    {
        _normalizer = definition.Normalizer;
        _preTokenizer = definition.PreTokenizer;
        _postProcessing = definition.PostProcessing;
        _alphabet = definition.Alphabet;
        _wholeWords = definition.IgnoreMerges ? definition.Vocabulary : null;
        StripsLeadingSpace = definition.StripsLeadingSpace;
        _merger = new BytePairMerger(definition.Merges);
        IReadOnlyList<AddedToken> addedTokens = AddedToken.WithControl(definition.AddedTokens);
        _controlTokens = [.. addedTokens.Where(static token => token.IsControl).Select(static token => token.Id)];
        _rawTokens = new AddedTokenMatcher(
            addedTokens.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        _normalizedTokens = new AddedTokenMatcher(
            addedTokens.Where(token => token.Normalized).Select(token => (definition.Normalizer.Apply(token.Content), token)));
        _bytes = TextBytes(definition);
        BeginOfSequence = beginOfSequence;
        EndOfSequence = endOfSequence.ToHashSet();
        LongestText = FindLongestText();
    }

    public int VocabularySize => _bytes.Count;

    public int? BeginOfSequence { get; }

    public IReadOnlySet<int> EndOfSequence { get; }

    public int? OrdinaryEnd { get; init; }

    public int? LongestText { get; }

    public bool StripsLeadingSpace { get; }

    /// <inheritdoc/>
    /// <remarks>Half surrogate pairs become U+FFFD.</remarks>
    /// <exception cref="Formats.ModelFormatException">A pattern of the model ran out of time on this text.</exception>
    public int[] Encode(string text, bool addSpecial = true, bool parseSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode(text, TokenRecognition.Everywhere(parseSpecial), addSpecial);
    }

    /// <inheritdoc/>
    public int[] Encode(PromptText prompt, bool addSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Encode(prompt.Text, new TokenRecognition(parsesSpecial: true, prompt.Spans), addSpecial);
    }

    private int[] Encode(string text, TokenRecognition recognition, bool addSpecial)
    {
        var output = new List<int>(text.Length / 3 + 8);
        if (addSpecial) output.AddRange(_postProcessing.Prefix);
        int position = 0;
        int plain = 0;
        while (_rawTokens.TryNext(text, recognition, ref position, out (int Start, AddedToken Token) found))
        {
            EncodeRaw(text[plain..found.Start], recognition.Skip(plain), atStart: plain == 0, output);
            output.Add(found.Token.Id);
            plain = position;
        }

        EncodeRaw(text[plain..], recognition.Skip(plain), atStart: plain == 0, output);
        if (addSpecial) output.AddRange(_postProcessing.Suffix);
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

    public ReadOnlySpan<byte> TokenBytes(int id) => (uint)id < (uint)_bytes.Count ? _bytes[id] : default;

    public bool IsSpecial(int id) => _specialTexts.ContainsKey(id);

    public string Spelling(int id) => _specialTexts.TryGetValue(id, out byte[]? text)
        ? Encoding.UTF8.GetString(text)
        : _alphabet.Respell(id, TokenBytes(id));

    private ReadOnlySpan<byte> Bytes(int id, bool skipSpecial)
    {
        if (!skipSpecial && _specialTexts.TryGetValue(id, out byte[]? text)) return text;
        return TokenBytes(id);
    }

    /// <summary>Encodes a part of a text between tokens that are matched in the text as given.</summary>
    private void EncodeRaw(string raw, TokenRecognition recognition, bool atStart, List<int> output)
    {
        string text;
        if (recognition.KnowsOrigins && _normalizedTokens.HasControl)
        {
            PromptText normalized = _normalizer.Apply(recognition.PartOf(raw));
            text = normalized.Text;
            recognition = recognition.Within(normalized.Spans);
        }
        else
        {
            // Without control tokens among those matched here, it does not matter whose the text is.
            text = _normalizer.Apply(raw);
        }

        int position = 0;
        int plain = 0;
        while (_normalizedTokens.TryNext(text, recognition, ref position, out (int Start, AddedToken Token) found))
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
        text = _preTokenizer.Prepare(text, atStart);
        foreach ((int start, int length) in _preTokenizer.Split(text)) EncodeWord(text.AsSpan(start, length), output);
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
            _merger.Merge(symbols[.._alphabet.Write(word, symbols)], output);
            if (rented is not null) ArrayPool<int>.Shared.Return(rented);
        }

        if (cacheable) _cache.Add(word, [.. output[before..]]);
    }

    private bool TryAddWhole(ReadOnlySpan<char> word, List<int> output)
    {
        if (_wholeWords is null || word.Length > WholeWordLengthMax) return false;
        Span<byte> spelling = stackalloc byte[word.Length * TokenAlphabet.SpellingBytesPerUnitMax];
        // A control token that was not recognised where it stands is no word either.
        bool isFound = _wholeWords.TryGetId(spelling[.._alphabet.Spell(word, spelling)], out int id);
        if (!isFound || _controlTokens.Contains(id)) return false;
        output.Add(id);
        return true;
    }

    private int? FindLongestText()
    {
        if (!_alphabet.KeepsCharacters || _normalizer.UnitsPerByteMax is not { } units) return null;
        int longest = 1;
        for (int id = 0; id < _bytes.Count; id++) longest = Math.Max(longest, _bytes[id].Length);
        foreach (byte[] text in _specialTexts.Values) longest = Math.Max(longest, text.Length);
        return longest * units;
    }

    /// <summary>What each id stands for; special tokens stand for nothing, and their texts are noted.</summary>
    private ByteStrings TextBytes(TokenizerDefinition definition)
    {
        var added = new Dictionary<int, byte[]>();
        foreach (AddedToken token in definition.AddedTokens)
        {
            if (token.Special) _specialTexts[token.Id] = Encoding.UTF8.GetBytes(token.Content);
            added[token.Id] = token.Special ? [] : _alphabet.AddedBytes(token.Content);
        }

        Vocabulary vocabulary = definition.Vocabulary;
        int count = Math.Max(vocabulary.Count, added.Keys.DefaultIfEmpty(-1).Max() + 1);
        var texts = new ByteStrings.Builder(count);
        byte[] decoded = new byte[64];
        for (int id = 0; id < count; id++)
        {
            ReadOnlySpan<byte> spelling = id < vocabulary.Count ? vocabulary.Spelling(id) : default;
            if (spelling.Length > decoded.Length) decoded = new byte[spelling.Length * 2];
            if (added.TryGetValue(id, out byte[]? text)) texts.Add(text);
            else texts.Add(decoded.AsSpan(0, _alphabet.Decode(spelling, decoded)));
        }

        return texts.Build();
    }
}
