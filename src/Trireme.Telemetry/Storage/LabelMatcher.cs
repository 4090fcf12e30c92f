using Trireme.Telemetry.Model;
using Trireme.Telemetry.Patterns;

namespace Trireme.Telemetry.Storage;

/// <summary>
/// One condition on one label, such as <c>job=~"gate.*"</c>. An absent label has the empty value. Regular expressions match the
/// whole value.
/// </summary>
internal sealed class LabelMatcher
{
    private readonly AnchoredPattern? _pattern;

    private LabelMatcher(MatchKind kind, string name, string value, AnchoredPattern? pattern)
    {
        Kind = kind;
        Name = name;
        Value = value;
        _pattern = pattern;
        MatchesEmpty = Matches("");
    }

    public MatchKind Kind { get; }

    public string Name { get; }

    public string Value { get; }

    /// <summary>True when series without the label match, so that the index cannot narrow the search by it.</summary>
    public bool MatchesEmpty { get; }

    /// <summary>All values that match where they can be listed, else null.</summary>
    public IReadOnlyList<string>? Values => Kind switch
    {
        MatchKind.Equal => [Value],
        MatchKind.Regex => _pattern!.Alternatives,
        _ => null,
    };

    /// <exception cref="PatternException">The value is no valid regular expression.</exception>
    public static LabelMatcher Create(MatchKind kind, string name, string value) =>
        new(kind, name, value, kind is MatchKind.Regex or MatchKind.NotRegex ? AnchoredPattern.Parse(value) : null);

    public bool Matches(string value) => Kind switch
    {
        MatchKind.Equal => string.Equals(value, Value, StringComparison.Ordinal),
        MatchKind.NotEqual => !string.Equals(value, Value, StringComparison.Ordinal),
        MatchKind.Regex => _pattern!.IsMatch(value),
        _ => !_pattern!.IsMatch(value),
    };

    public override string ToString() => Name + Kind switch
    {
        MatchKind.Equal => "=",
        MatchKind.NotEqual => "!=",
        MatchKind.Regex => "=~",
        _ => "!~",
    } + TextQuoting.Quote(Value);
}
