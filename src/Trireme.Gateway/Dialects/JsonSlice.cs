using System.Text;
using System.Text.Json;

namespace Trireme.Gateway.Dialects;

/// <summary>
/// One value of a body that has been read once and is known to be JSON, as the bytes it came in. Texts are carried on with their escapes as
/// they are, so nothing is unescaped only to be escaped again. A value that is not there has no bytes.
/// </summary>
internal readonly ref struct JsonSlice(ReadOnlySpan<byte> bytes)
{
    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 256 };

    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public bool IsMissing => Bytes.IsEmpty;

    public bool IsNull => IsMissing || Bytes[0] == 'n';

    public bool IsText => !IsMissing && Bytes[0] == '"';

    public bool IsObject => !IsMissing && Bytes[0] == '{';

    public bool IsList => !IsMissing && Bytes[0] == '[';

    public bool IsTrue => !IsMissing && Bytes[0] == 't';

    public bool IsFlag => !IsMissing && Bytes[0] is (byte)'t' or (byte)'f';

    public bool IsNumber => !IsMissing && Bytes[0] is (byte)'-' or (>= (byte)'0' and <= (byte)'9');

    /// <summary>A text with its escapes and without its quotes; empty for anything else.</summary>
    public ReadOnlySpan<byte> Text => IsText ? Bytes[1..^1] : default;

    /// <summary>The value of a member; missing where there is none. Of several of one name the last counts, as for most readers.</summary>
    public JsonSlice this[ReadOnlySpan<byte> name]
    {
        get
        {
            JsonSlice found = default;
            foreach (JsonMember member in Members)
            {
                if (member.Is(name)) found = member.Value;
            }

            return found;
        }
    }

    /// <summary>The members of an object; none of anything else.</summary>
    public MemberEnumerator Members => new(this);

    /// <summary>The elements of a list; none of anything else.</summary>
    public ElementEnumerator Elements => new(this);

    /// <summary>The value at a place in a body.</summary>
    public static JsonSlice At(ReadOnlySpan<byte> body, Range place) => new(body[place]);

    /// <summary>A document's value; missing where the bytes are no document.</summary>
    public static JsonSlice Parse(ReadOnlySpan<byte> document)
    {
        var reader = new Utf8JsonReader(document, Deep);
        try
        {
            if (!reader.Read()) return default;
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            int end = (int)reader.BytesConsumed;
            // What follows the value is an error, which the reader finds.
            reader.Read();
            return new JsonSlice(document[start..end]);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>True for a text that reads so, with or without escapes.</summary>
    public bool Reads(ReadOnlySpan<byte> text)
    {
        if (!Text.Contains((byte)'\\')) return IsText && Text.SequenceEqual(text);
        return AsString() is { } value && Encoding.UTF8.GetBytes(value).AsSpan().SequenceEqual(text);
    }

    /// <summary>A text without its escapes; null for anything else, and for one with half a character.</summary>
    public string? AsString()
    {
        if (!IsText) return null;
        Utf8JsonReader reader = ReadFirst();
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A text without its escapes, cut where it is long, for people; empty for anything else.</summary>
    public string Shown()
    {
        const int longest = 60;
        string text = AsString() ?? "";
        return text.Length <= longest ? text : text[..longest] + "…";
    }

    /// <summary>A whole number; null for anything else.</summary>
    public long? WholeNumber()
    {
        if (!IsNumber) return null;
        Utf8JsonReader reader = ReadFirst();
        if (reader.TryGetInt64(out long whole)) return whole;
        return reader.TryGetDouble(out double number) && double.IsInteger(number) && Math.Abs(number) < 1L << 53 ? (long)number : null;
    }

    public override string ToString() => Encoding.UTF8.GetString(Bytes);

    private Utf8JsonReader ReadFirst()
    {
        var reader = new Utf8JsonReader(Bytes, Deep);
        reader.Read();
        return reader;
    }

    /// <summary>Walks over an object's members once.</summary>
    public ref struct MemberEnumerator
    {
        private readonly ReadOnlySpan<byte> _bytes;
        private Utf8JsonReader _reader;
        private ReadOnlySpan<byte> _name;
        private Range _value;

        internal MemberEnumerator(JsonSlice of)
        {
            _bytes = of.IsObject ? of.Bytes : default;
            _reader = new Utf8JsonReader(_bytes, isFinalBlock: true, new JsonReaderState(Deep));
            if (!_bytes.IsEmpty) _reader.Read();
        }

        public readonly JsonMember Current => new(_name, new JsonSlice(_bytes[_value]), _value);

        public readonly MemberEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_bytes.IsEmpty || !_reader.Read() || _reader.TokenType != JsonTokenType.PropertyName) return false;
            int start = (int)_reader.TokenStartIndex;
            _name = _bytes[start..(start + _reader.ValueSpan.Length + 2)];
            _reader.Read();
            _value = ValueAt(ref _reader);
            return true;
        }
    }

    /// <summary>Walks over a list's elements once.</summary>
    public ref struct ElementEnumerator
    {
        private readonly ReadOnlySpan<byte> _bytes;
        private Utf8JsonReader _reader;
        private Range _value;

        internal ElementEnumerator(JsonSlice of)
        {
            _bytes = of.IsList ? of.Bytes : default;
            _reader = new Utf8JsonReader(_bytes, isFinalBlock: true, new JsonReaderState(Deep));
            if (!_bytes.IsEmpty) _reader.Read();
        }

        public readonly JsonSlice Current => new(_bytes[_value]);

        public readonly ElementEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_bytes.IsEmpty || !_reader.Read() || _reader.TokenType == JsonTokenType.EndArray) return false;
            _value = ValueAt(ref _reader);
            return true;
        }
    }

    private static Range ValueAt(ref Utf8JsonReader reader)
    {
        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        return start..(int)reader.BytesConsumed;
    }
}

/// <summary>A member of an object.</summary>
/// <param name="quotedName">Its name as it came, between quotes.</param>
/// <param name="value">Its value.</param>
/// <param name="place">Where the value stands in the object's bytes.</param>
internal readonly ref struct JsonMember(ReadOnlySpan<byte> quotedName, JsonSlice value, Range place)
{
    public ReadOnlySpan<byte> QuotedName { get; } = quotedName;

    public JsonSlice Value { get; } = value;

    public Range Place { get; } = place;

    /// <summary>Whether it is called so, with or without escapes.</summary>
    public bool Is(ReadOnlySpan<byte> name) => new JsonSlice(QuotedName).Reads(name);
}
