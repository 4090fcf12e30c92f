using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>
/// A text in a template, which knows whose words its parts are. Texts are equal when their characters are. Immutable.
/// </summary>
internal sealed class TemplateText : IEquatable<TemplateText>
{
    private readonly TextSpan[] _spans;

    public TemplateText(string value, TextOrigin origin = TextOrigin.Template)
        : this(value, origin == TextOrigin.Template || value.Length == 0 ? [] : [new TextSpan(0, value.Length, origin)])
    {
    }

    /// <summary>The spans are in order and do not meet.</summary>
    public TemplateText(string value, TextSpan[] spans)
    {
        Value = value;
        _spans = spans;
    }

    public static TemplateText Empty { get; } = new("");

    public string Value { get; }

    public int Length => Value.Length;

    public TextSpan[] Spans => _spans;

    /// <summary>The least trusted of its parts' origins.</summary>
    public TextOrigin Origin
    {
        get
        {
            TextOrigin least = TextOrigin.Template;
            foreach (TextSpan span in _spans)
            {
                if (span.Origin > least) least = span.Origin;
            }

            return least;
        }
    }

    public TemplateText Slice(int start, int length)
    {
        if (length == Value.Length) return this;
        string part = Value.Substring(start, length);
        if (_spans.Length == 0) return new TemplateText(part, []);
        if (_spans.Length == 1 && _spans[0].Length == Value.Length) return new TemplateText(part, _spans[0].Origin);
        int first = FirstEndingAfter(start);
        var spans = new List<TextSpan>();
        for (int i = first; i < _spans.Length && _spans[i].Start < start + length; i++)
        {
            int from = Math.Max(_spans[i].Start, start), to = Math.Min(_spans[i].End, start + length);
            if (to > from) spans.Add(new TextSpan(from - start, to - from, _spans[i].Origin));
        }

        return new TemplateText(part, [.. spans]);
    }

    /// <summary>What became of this text: characters in their places keep their origins, any other result has the least trusted.</summary>
    public TemplateText Become(string value) =>
        value.Length == Value.Length ? new TemplateText(value, _spans) : new TemplateText(value, Origin);

    /// <summary>Without what the predicate says of characters at its start, at its end, or both.</summary>
    public TemplateText Trim(Func<char, bool> drops, bool atStart = true, bool atEnd = true)
    {
        int start = 0, end = Value.Length;
        while (atStart && start < end && drops(Value[start])) start++;
        while (atEnd && end > start && drops(Value[end - 1])) end--;
        return Slice(start, end - start);
    }

    /// <summary>Index of the first span that ends behind a position.</summary>
    public int FirstEndingAfter(int position)
    {
        int low = 0, high = _spans.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_spans[middle].End > position) high = middle;
            else low = middle + 1;
        }

        return low;
    }

    public bool Equals(TemplateText? other) => other is not null && Value == other.Value;

    public override bool Equals(object? obj) => Equals(obj as TemplateText);

    public override int GetHashCode() => string.GetHashCode(Value, StringComparison.Ordinal);

    public override string ToString() => Value;
}
