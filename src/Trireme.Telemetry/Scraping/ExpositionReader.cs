using System.Text;
using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Scraping;

/// <summary>
/// Reads Prometheus' text format 0.0.4 line by line, without allocating for samples. OpenMetrics is close enough to be read too:
/// timestamps, exemplars and the end mark are skipped. A sample is always taken to be of the time of its scrape.
/// </summary>
internal ref struct ExpositionReader(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;

    /// <summary>Number of the line read last, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Name and labels of the sample read last, as they were written.</summary>
    public ReadOnlySpan<byte> Series { get; private set; }

    public double Value { get; private set; }

    /// <summary>The comment read last, from its keyword on.</summary>
    public ReadOnlySpan<byte> CommentLine { get; private set; }

    /// <summary>True when the sample read last is of the series that was expected.</summary>
    public bool IsExpected { get; private set; }

    /// <summary>
    /// Reads on. A sample of the expected series, given as it was written before, is known without looking at its labels.
    /// </summary>
    public ExpositionItem Read(ReadOnlySpan<byte> expected = default)
    {
        while (!_rest.IsEmpty)
        {
            int end = _rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            Line++;
            line = Trim(line);
            if (line.IsEmpty) continue;
            if (line[0] != '#') return ReadSample(line, expected) ? ExpositionItem.Sample : ExpositionItem.Malformed;
            if (IsComment(line)) return ExpositionItem.Comment;
        }

        return ExpositionItem.End;
    }

    private bool ReadSample(ReadOnlySpan<byte> line, ReadOnlySpan<byte> expected)
    {
        IsExpected = StartsWith(line, expected);
        int length = IsExpected ? expected.Length : SeriesLength(line);
        if (length <= 0) return false;
        ReadOnlySpan<byte> rest = Trim(line[length..]);
        int valueLength = rest.IndexOfAny((byte)' ', (byte)'\t');
        ReadOnlySpan<byte> value = valueLength < 0 ? rest : rest[..valueLength];
        if (!FloatText.TryParse(value, out double parsed)) return false;
        rest = valueLength < 0 ? default : Trim(rest[valueLength..]);
        if (!rest.IsEmpty && !IsTimestampOrExemplar(rest)) return false;
        Series = IsExpected ? expected : Trim(line[..length]);
        Value = parsed;
        return true;
    }

    /// <summary>A name without labels is left to the general way: labels may still come after blanks.</summary>
    private static bool StartsWith(ReadOnlySpan<byte> line, ReadOnlySpan<byte> expected) =>
        expected.Length > 0
        && expected[^1] == '}'
        && line.Length > expected.Length
        && line[expected.Length] is (byte)' ' or (byte)'\t'
        && line.StartsWith(expected);

    /// <summary>Length of name and labels; braces inside quoted values do not count. Zero if the braces never close.</summary>
    private static int SeriesLength(ReadOnlySpan<byte> line)
    {
        int at = line.IndexOfAny((byte)'{', (byte)' ', (byte)'\t');
        if (at < 0) return 0;
        // Blanks between the name and the open brace are allowed.
        int open = at;
        while (open < line.Length && line[open] is (byte)' ' or (byte)'\t') open++;
        if (open >= line.Length || line[open] != '{') return at;
        bool quoted = false;
        for (int i = open + 1; i < line.Length; i++)
        {
            if (quoted && line[i] == '\\') i++;
            else if (line[i] == '"') quoted = !quoted;
            else if (!quoted && line[i] == '}') return i + 1;
        }

        return 0;
    }

    private static bool IsTimestampOrExemplar(ReadOnlySpan<byte> rest)
    {
        if (rest[0] == '#') return true;
        int length = rest.IndexOfAny((byte)' ', (byte)'\t');
        if (!FloatText.TryParse(length < 0 ? rest : rest[..length], out double time) || !double.IsFinite(time)) return false;
        rest = length < 0 ? default : Trim(rest[length..]);
        return rest.IsEmpty || rest[0] == '#';
    }

    /// <summary>What the comment read last says: TYPE, HELP or UNIT, with the name of the metric and the text.</summary>
    public readonly ExpositionComment ReadComment()
    {
        ReadOnlySpan<byte> line = CommentLine;
        ReadOnlySpan<byte> keyword = TakeWord(ref line);
        ReadOnlySpan<byte> name = TakeWord(ref line);
        return new ExpositionComment(Encoding.UTF8.GetString(keyword), Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(line));
    }

    /// <summary>False for comments that say nothing about a metric.</summary>
    private bool IsComment(ReadOnlySpan<byte> line)
    {
        CommentLine = line = Trim(line[1..]);
        ReadOnlySpan<byte> keyword = TakeWord(ref line);
        if (!keyword.SequenceEqual("TYPE"u8) && !keyword.SequenceEqual("HELP"u8) && !keyword.SequenceEqual("UNIT"u8)) return false;
        return !TakeWord(ref line).IsEmpty;
    }

    private static ReadOnlySpan<byte> TakeWord(ref ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAny((byte)' ', (byte)'\t');
        ReadOnlySpan<byte> word = end < 0 ? text : text[..end];
        text = end < 0 ? default : Trim(text[end..]);
        return word;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t\r"u8);
}

internal enum ExpositionItem
{
    Sample,
    Comment,
    Malformed,
    End,
}

/// <param name="Keyword">TYPE, HELP or UNIT.</param>
/// <param name="Metric">Name of the metric.</param>
/// <param name="Text">What is said about it.</param>
internal readonly record struct ExpositionComment(string Keyword, string Metric, string Text);
