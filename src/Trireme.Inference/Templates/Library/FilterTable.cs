using System.Diagnostics.CodeAnalysis;

namespace Trireme.Inference.Templates.Library;

/// <summary>
/// Jinja's filters, by name. Missing are those whose results are random, or made for web pages and long: random, pprint, striptags, urlize,
/// wordwrap.
/// </summary>
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
        ["format"] = TextFilters.Format,
        ["center"] = TextFilters.Center,
        ["truncate"] = TextFilters.Truncate,
        ["wordcount"] = TextFilters.WordCount,
        ["e"] = MarkupFilters.Escape,
        ["escape"] = MarkupFilters.Escape,
        ["forceescape"] = MarkupFilters.Escape,
        ["xmlattr"] = MarkupFilters.Attributes,
        ["urlencode"] = MarkupFilters.UrlEncode,
        ["filesizeformat"] = ValueFilters.FileSize,
        ["attr"] = ValueFilters.Attribute,
        ["batch"] = GroupingFilters.Batch,
        ["slice"] = GroupingFilters.Slice,
        ["groupby"] = GroupingFilters.GroupBy,
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
