using System.Text;

namespace Trireme.Telemetry.Patterns;

/// <summary>The text of a pattern and how far it is read.</summary>
internal sealed class PatternText(string text)
{
    /// <summary>Read beyond the end.</summary>
    public const int End = -1;

    public string Whole { get; } = text;

    public int At { get; set; }

    public bool IsAtEnd => At == Whole.Length;

    /// <summary>The next character, or a zero at the end.</summary>
    public char Next => Peek(0);

    public char Peek(int ahead) => At + ahead < Whole.Length ? Whole[At + ahead] : '\0';

    public bool StartsWith(string start) => string.CompareOrdinal(Whole, At, start, 0, start.Length) == 0;

    public bool TryTake(string start)
    {
        if (!StartsWith(start)) return false;
        At += start.Length;
        return true;
    }

    /// <summary>Reads a code point; half a surrogate pair is a replacement character.</summary>
    public int Take()
    {
        if (IsAtEnd) return End;
        Rune.DecodeFromUtf16(Whole.AsSpan(At), out Rune rune, out int length);
        At += length;
        return rune.Value;
    }

    /// <summary>What was read from a place on.</summary>
    public string Since(int start) => Whole[start..At];
}
