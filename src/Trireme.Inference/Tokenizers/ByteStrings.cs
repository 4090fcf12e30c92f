namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Short strings of bytes by number, one after another in one array. A vocabulary has some hundred thousand of a few bytes each, which
/// would take several times as much as objects of their own.
/// </summary>
internal sealed class ByteStrings
{
    private readonly byte[] _bytes;
    private readonly int[] _ends;

    private ByteStrings(byte[] bytes, int[] ends)
    {
        _bytes = bytes;
        _ends = ends;
    }

    public int Count => _ends.Length;

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            int start = index == 0 ? 0 : _ends[index - 1];
            return _bytes.AsSpan(start, _ends[index] - start);
        }
    }

    /// <summary>Takes strings in the order of their numbers.</summary>
    /// <param name="count">How many there will be, as far as known.</param>
    /// <param name="bytes">How long they will be together, as far as known.</param>
    internal sealed class Builder(int count = 0, int bytes = 0)
    {
        private byte[] _bytes = new byte[bytes];
        private int[] _ends = new int[count];
        private int _length;

        public int Count { get; private set; }

        public void Add(ReadOnlySpan<byte> text)
        {
            if (text.Length > _bytes.Length - _length) Array.Resize(ref _bytes, Larger(_bytes.Length, _length, text.Length));
            if (Count == _ends.Length) Array.Resize(ref _ends, Larger(_ends.Length, Count, 1));
            text.CopyTo(_bytes.AsSpan(_length));
            _length += text.Length;
            _ends[Count++] = _length;
        }

        /// <summary>All strings; nothing can be added afterwards.</summary>
        public ByteStrings Build()
        {
            Array.Resize(ref _bytes, _length);
            Array.Resize(ref _ends, Count);
            return new ByteStrings(_bytes, _ends);
        }

        private static int Larger(int capacity, int used, int added) =>
            Math.Max(checked(used + added), (int)Math.Min(Math.Max(capacity, 256) * 2L, Array.MaxLength));
    }
}
