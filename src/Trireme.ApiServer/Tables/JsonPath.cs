using System.Globalization;
using System.Text.Json;

namespace Trireme.ApiServer.Tables;

/// <summary>
/// The part of Kubernetes' JSONPath that printer columns use: members (.a.b, ['a']), list indexes ([0]), the first item ([*]) and the first
/// whose member equals a text ([?(@.type=="Ready")]).
/// </summary>
internal sealed class JsonPath
{
    private readonly IReadOnlyList<Step> _steps;

    private JsonPath(IReadOnlyList<Step> steps) => _steps = steps;

    private enum StepKind
    {
        Member,
        Index,
        Filter,
    }

    public static JsonPath Parse(string text)
    {
        var steps = new List<Step>();
        int at = 0;
        while (at < text.Length)
        {
            if (text[at] == '.')
            {
                steps.Add(new Step(StepKind.Member, Member(text, ref at)));
                continue;
            }

            int end = text[at] == '[' ? text.IndexOf(']', at) : -1;
            if (end < 0) throw Fault(text, at);
            steps.Add(Bracket(text[(at + 1)..end]) ?? throw Fault(text, at));
            at = end + 1;
        }

        return new JsonPath(steps);
    }

    /// <summary>The value the path leads to; undefined where there is none.</summary>
    public JsonElement Find(JsonElement root) => Find(root, _steps.Count);

    /// <summary>Whether the object has what the value would be a member of. Sections such as status are taken as there.</summary>
    public bool ParentIsThere(JsonElement root) =>
        _steps.Count <= 2 || Find(root, _steps.Count - 1).ValueKind == JsonValueKind.Object;

    private JsonElement Find(JsonElement root, int steps)
    {
        JsonElement current = root;
        for (int i = 0; i < steps; i++)
        {
            Step step = _steps[i];
            current = step.Kind switch
            {
                StepKind.Member => MemberOf(current, step.Name),
                StepKind.Index => ItemOf(current, step.Index),
                _ => FirstMatch(current, step.Name, step.Value),
            };
        }

        return current;
    }

    /// <summary>A member of a map; undefined where there is none, or no map.</summary>
    public static JsonElement MemberOf(JsonElement map, string name) =>
        map.ValueKind == JsonValueKind.Object && map.TryGetProperty(name, out JsonElement member) ? member : default;

    private static string Member(string text, ref int at)
    {
        int start = ++at;
        var name = new System.Text.StringBuilder();
        while (at < text.Length && text[at] is not ('.' or '['))
        {
            // A backslash keeps the dots of names such as app\.kubernetes\.io.
            if (text[at] == '\\' && at + 1 < text.Length) at++;
            name.Append(text[at++]);
        }

        return name.Length > 0 ? name.ToString() : throw Fault(text, start);
    }

    private static Step? Bracket(string content)
    {
        if (content is ['\'', .., '\'']) return new Step(StepKind.Member, content[1..^1]);
        // Of several values columns show the first.
        if (content == "*") return new Step(StepKind.Index, "");
        bool isIndex = int.TryParse(content, NumberStyles.None, CultureInfo.InvariantCulture, out int index);
        if (isIndex) return new Step(StepKind.Index, "", "", index);
        if (!content.StartsWith("?(@.", StringComparison.Ordinal) || !content.EndsWith(')')) return null;
        string[] sides = content[4..^1].Split("==", 2, StringSplitOptions.TrimEntries);
        bool quoted = sides is [{ Length: > 0 }, ['"', .., '"'] or ['\'', .., '\'']];
        return quoted ? new Step(StepKind.Filter, sides[0], sides[1][1..^1]) : null;
    }

    private static JsonElement ItemOf(JsonElement list, int index) =>
        list.ValueKind == JsonValueKind.Array && index < list.GetArrayLength() ? list[index] : default;

    private static JsonElement FirstMatch(JsonElement list, string name, string value)
    {
        if (list.ValueKind != JsonValueKind.Array) return default;
        foreach (JsonElement item in list.EnumerateArray())
        {
            JsonElement member = MemberOf(item, name);
            if (member.ValueKind == JsonValueKind.String && member.ValueEquals(value)) return item;
        }

        return default;
    }

    private static FormatException Fault(string text, int at) => new($"The JSONPath {text} is not supported from position {at} on.");

    private sealed record Step(StepKind Kind, string Name, string Value = "", int Index = 0);
}
