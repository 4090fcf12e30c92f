using System.Buffers;
using System.Text;
using Trireme.Inference.Tokenizers.Normalization;

namespace Trireme.Inference.Tokenizers;

/// <summary>Byte-level byte-pair encoding. Safe to use from many threads.</summary>
public sealed class BpeTokenizer : ITokenizer
{
    private const int StackBytesMax = 512;

    private readonly TokenizerDefinition _definition;
    private readonly BytePairMerger _merger;
    private readonly WordCache _cache = new();
    private readonly AddedTokenMatcher _rawTokens;
    private readonly AddedTokenMatcher _normalizedTokens;
    private readonly byte[]?[] _bytes;
    private readonly Dictionary<int, byte[]> _specialTexts = [];
    private readonly Dictionary<byte[], int>? _wholeWords;

    internal BpeTokenizer(TokenizerDefinition definition, int? beginOfSequence, IEnumerable<int> endOfSequence)
    {
        _definition = definition;
        _merger = new BytePairMerger(definition.ByteTokens, definition.Merges);
        _rawTokens = new AddedTokenMatcher(
            definition.AddedTokens.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        _normalizedTokens = new AddedTokenMatcher(
            definition.AddedTokens.Where(token => token.Normalized).Select(token => (Normalize(token.Content), token)));
        int last = Math.Max(
            definition.Vocabulary.Values.DefaultIfEmpty(-1).Max(),
            definition.AddedTokens.Select(token => token.Id).DefaultIfEmpty(-1).Max());
        _bytes = new byte[last + 1][];
        if (definition.IgnoreMerges) _wholeWords = new Dictionary<byte[], int>(ByteSequenceComparer.Instance);
        FillBytes();
        BeginOfSequence = beginOfSequence;
        EndOfSequence = endOfSequence.ToHashSet();
    }

    public int VocabularySize => _bytes.Length;

    public int? BeginOfSequence { get; }

    public IReadOnlySet<int> EndOfSequence { get; }

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
            EncodeNormalized(Normalize(text[plain..found.Start]), parseSpecial, output);
            output.Add(found.Token.Id);
            plain = position;
        }

        EncodeNormalized(Normalize(text[plain..]), parseSpecial, output);
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

        string text = Encoding.UTF8.GetString(buffer[..length]);
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

    private string Normalize(string text) => _definition.ComposesText ? CanonicalComposition.Compose(text) : text;

    private void EncodeNormalized(string text, bool parseSpecial, List<int> output)
    {
        int position = 0;
        int plain = 0;
        while (_normalizedTokens.TryNext(text, parseSpecial, ref position, out (int Start, AddedToken Token) found))
        {
            EncodePlain(text[plain..found.Start], output);
            output.Add(found.Token.Id);
            plain = position;
        }

        EncodePlain(text[plain..], output);
    }

    private void EncodePlain(string text, List<int> output)
    {
        if (text.Length == 0) return;
        text = _definition.PreTokenizer.Prepare(text);
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
        int bytesMax = Encoding.UTF8.GetMaxByteCount(word.Length);
        byte[]? rented = null;
        Span<byte> buffer = bytesMax <= StackBytesMax ? stackalloc byte[StackBytesMax] : rented = ArrayPool<byte>.Shared.Rent(bytesMax);
        ReadOnlySpan<byte> bytes = buffer[..Encoding.UTF8.GetBytes(word, buffer)];
        if (!TryAddWhole(bytes, output)) _merger.Merge(bytes, output);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        if (cacheable) _cache.Add(word, [.. output[before..]]);
    }

    private bool TryAddWhole(ReadOnlySpan<byte> word, List<int> output)
    {
        if (_wholeWords is null || !_wholeWords.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(word, out int id)) return false;
        output.Add(id);
        return true;
    }

    private void FillBytes()
    {
        foreach ((string token, int id) in _definition.Vocabulary)
        {
            byte[]? spelled = ByteAlphabet.Decode(token);
            // An entry outside the byte alphabet is never the result of encoding; decoders show it as it is written.
            _bytes[id] = spelled ?? Encoding.UTF8.GetBytes(token);
            if (spelled is not null) _wholeWords?.TryAdd(spelled, id);
        }

        foreach (AddedToken token in _definition.AddedTokens)
        {
            byte[] text = Encoding.UTF8.GetBytes(token.Content);
            if (token.Special) _specialTexts[token.Id] = text;
            _bytes[token.Id] = token.Special ? [] : text;
        }
    }
}
