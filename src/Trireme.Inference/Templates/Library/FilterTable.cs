using System.Diagnostics.CodeAnalysis;

namespace Trireme.Inference.Templates.Library;

/// <summary>Jinja's filters, by name.</summary>
internal static class FilterTable
{
    private static readonly Dictionary<string, Filter> Filters = new(StringComparer.Ordinal)
    {
        ["tojson"] = TextFilters.ToJson,
        ["string"] = TextFilters.Text,
        ["safe"] = TextFilters.Text,
        ["trim"] = TextFilters.Trim,
        ["upper"] = TextFilters.Upper,
        ["lower"] = TextFilters.Lower,
        ["title"] = TextFilters.Title,
        ["capitalize"] = TextFilters.Capitalize,
        ["replace"] = TextFilters.Replace,
        ["indent"] = TextFilters.Indent,
        ["join"] = ListFilters.Join,
        ["length"] = ListFilters.Length,
        ["count"] = ListFilters.Length,
        ["first"] = ListFilters.First,
        ["last"] = ListFilters.Last,
        ["list"] = ListFilters.List,
        ["reverse"] = ListFilters.Reverse,
        ["sort"] = ListFilters.Sort,
        ["unique"] = ListFilters.Unique,
        ["min"] = ListFilters.Min,
        ["max"] = ListFilters.Max,
        ["sum"] = ListFilters.Sum,
        ["map"] = SelectionFilters.Map,
        ["select"] = SelectionFilters.Select,
        ["reject"] = SelectionFilters.Reject,
        ["selectattr"] = SelectionFilters.SelectAttribute,
        ["rejectattr"] = SelectionFilters.RejectAttribute,
        ["default"] = ValueFilters.Default,
        ["d"] = ValueFilters.Default,
        ["items"] = ValueFilters.Items,
        ["dictsort"] = ValueFilters.DictSort,
        ["int"] = ValueFilters.Int,
        ["float"] = ValueFilters.Float,
        ["abs"] = ValueFilters.Abs,
        ["round"] = ValueFilters.Round,
    };

    public static IReadOnlyCollection<string> Names => Filters.Keys;

    public static bool TryGet(string name, [MaybeNullWhen(false)] out Filter filter) => Filters.TryGetValue(name, out filter);
}
