using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage;

/// <summary>Tests label sets against conditions and remembers what each regular expression said about each value.</summary>
internal sealed class MatcherMemo
{
    private readonly (LabelMatcher Matcher, Dictionary<string, bool>? Seen)[] _tests;

    public MatcherMemo(IReadOnlyList<LabelMatcher> matchers)
    {
        _tests = new (LabelMatcher, Dictionary<string, bool>?)[matchers.Count];
        for (int i = 0; i < _tests.Length; i++)
        {
            bool regex = matchers[i].Kind is MatchKind.Regex or MatchKind.NotRegex;
            _tests[i] = (matchers[i], regex ? new(StringComparer.Ordinal) : null);
        }
    }

    public bool Matches(LabelSet labels)
    {
        foreach ((LabelMatcher matcher, Dictionary<string, bool>? seen) in _tests)
        {
            string value = labels.Get(matcher.Name);
            if (seen is null || !seen.TryGetValue(value, out bool matches))
            {
                matches = matcher.Matches(value);
                seen?.Add(value, matches);
            }

            if (!matches) return false;
        }

        return true;
    }
}
