namespace Trireme.Telemetry.Patterns;

/// <summary>A pattern that RE2 refuses too, in RE2's words: what is wrong and the piece of the pattern that is.</summary>
internal sealed class PatternException(string what, string piece) : FormatException($"error parsing regexp: {what}: `{piece}`")
{
    public static PatternException BadClass(string piece) => new("invalid character class range", piece);

    public static PatternException BadEscape(string piece) => new("invalid escape sequence", piece);

    public static PatternException BadGroup(string piece) => new("invalid or unsupported Perl syntax", piece);

    public static PatternException BadName(string piece) => new("invalid named capture", piece);

    public static PatternException BadRepeat(string piece) => new("invalid nested repetition operator", piece);

    public static PatternException BadCount(string piece) => new("invalid repeat count", piece);

    public static PatternException NothingToRepeat(string piece) => new("missing argument to repetition operator", piece);

    public static PatternException UnclosedClass(string piece) => new("missing closing ]", piece);

    public static PatternException UnclosedGroup(string piece) => new("missing closing )", piece);

    public static PatternException Unopened(string piece) => new("unexpected )", piece);

    public static PatternException TrailingBackslash() => new("trailing backslash at end of expression", "");

    public static PatternException TooDeep(string piece) => new("expression nests too deeply", piece);

    public static PatternException TooLarge(string piece) => new("expression too large", piece);
}
