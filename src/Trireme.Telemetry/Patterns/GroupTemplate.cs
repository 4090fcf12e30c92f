using System.Globalization;
using System.Text;

namespace Trireme.Telemetry.Patterns;

/// <summary>
/// A text with <c>$1</c>, <c>$name</c> or <c>${name}</c> in it, as Go's regexp.Expand reads it: without braces the longest run of
/// letters, digits and underscores is the name, a group that is unknown or took no part is empty, <c>$$</c> is a dollar sign, and so is a
/// dollar sign that no name follows. Of groups that share a name the first that took part counts.
/// </summary>
internal sealed class GroupTemplate
{
    /// <summary>Text, or the numbers of groups of which the first that took part is meant.</summary>
    private readonly List<(string? Text, int[] Groups)> _parts = [];

    public GroupTemplate(string template, IReadOnlyList<string?> groupNames)
    {
        int at = 0;
        while (at < template.Length)
        {
            int dollar = template.IndexOf('$', at);
            if (dollar != at) AddText(template[at..(dollar < 0 ? template.Length : dollar)]);
            if (dollar < 0) return;
            at = dollar + 1;
            if (at < template.Length && template[at] == '$')
            {
                AddText("$");
                at++;
            }
            else if (TryReadName(template, ref at, out string name))
            {
                _parts.Add((null, Find(name, groupNames)));
            }
            else
            {
                AddText("$");
            }
        }
    }

    /// <param name="value">The text that matched.</param>
    /// <param name="places">Start and end of each group in it.</param>
    /// <param name="charge">Called with the length of each piece of text before it is added.</param>
    public string Fill(string value, ReadOnlySpan<int> places, Action<long>? charge)
    {
        var filled = new StringBuilder();
        foreach ((string? text, int[] groups) in _parts)
        {
            Add(text);
            foreach (int group in groups)
            {
                if (places[2 * group] < 0 || places[(2 * group) + 1] < 0) continue;
                Add(value.AsSpan()[places[2 * group]..places[(2 * group) + 1]]);
                break;
            }
        }

        return filled.ToString();

        void Add(ReadOnlySpan<char> piece)
        {
            charge?.Invoke(piece.Length);
            filled.Append(piece);
        }
    }

    private void AddText(string text) => _parts.Add((text, []));

    /// <summary>Reads a name in braces or without; where there is none, nothing is read.</summary>
    private static bool TryReadName(string template, ref int at, out string name)
    {
        bool braced = at < template.Length && template[at] == '{';
        int start = at + (braced ? 1 : 0);
        int end = start;
        while (end < template.Length && Rune.TryGetRuneAt(template, end, out Rune rune) && IsPartOfName(rune))
        {
            end += rune.Utf16SequenceLength;
        }

        name = template[start..end];
        if (name.Length == 0 || (braced && (end == template.Length || template[end] != '}'))) return false;
        at = braced ? end + 1 : end;
        return true;
    }

    private static bool IsPartOfName(Rune rune) =>
        rune.Value == '_' || Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber;

    /// <summary>A number is one if it has no leading zero; anything else is a name.</summary>
    private static int[] Find(string name, IReadOnlyList<string?> groupNames)
    {
        bool isNumber = name.All(char.IsAsciiDigit) && (name[0] != '0' || name.Length == 1);
        if (isNumber && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return number < groupNames.Count ? [number] : [];
        }

        return [.. Enumerable.Range(0, groupNames.Count).Where(group => groupNames[group] == name)];
    }
}
