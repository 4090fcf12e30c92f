using System.Text.RegularExpressions;

namespace Trireme.Testing.Authorisation;

/// <summary>
/// Every route of every listener with its class, as routes.txt beside this file has them. The class says who is let in; a route that is not
/// in the file, or is in it and gone, fails the tests of its listener.
/// </summary>
public static partial class RouteTable
{
    public static string Path { get; } = Repository.PathOf("tests", "Trireme.Testing", "Authorisation", "routes.txt");

    public static IReadOnlyList<ClassifiedRoute> All { get; } =
    [
        .. from line in File.ReadLines(Path)
           where line.Length > 0 && line[0] != '#'
           let columns = Spaces().Split(line)
           select new ClassifiedRoute(columns[0], columns[1].Split(','), columns[2], columns[3]),
    ];

    /// <summary>
    /// What the file and the routes that there are do not agree on, as lines to add to it or to remove; empty if they agree.
    /// </summary>
    /// <param name="listener">Whose routes they are.</param>
    /// <param name="found">Methods, or "*" for any, and pattern of each.</param>
    public static string Differences(string listener, IEnumerable<(IEnumerable<string> Methods, string Pattern)> found)
    {
        HashSet<string> there = [.. found.Select(route => Key(route.Methods, route.Pattern))];
        HashSet<string> listed = [.. All.Where(route => route.Listener == listener).Select(route => Key(route.Methods, route.Pattern))];
        IEnumerable<string> lines =
        [
            .. there.Except(listed).Order(StringComparer.Ordinal).Select(key => $"+ {listener} {key} CLASS"),
            .. listed.Except(there).Order(StringComparer.Ordinal).Select(key => $"- {listener} {key}"),
        ];
        return string.Join('\n', lines);
    }

    private static string Key(IEnumerable<string> methods, string pattern) =>
        $"{string.Join(',', methods.Order(StringComparer.Ordinal))} {pattern}";

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}

/// <summary>A route and who may call it.</summary>
/// <param name="Listener">gateway, metricsPage, dashboard, apiServer or worker.</param>
/// <param name="Methods">HTTP methods; "*" for any.</param>
/// <param name="Pattern">Path with variables in braces.</param>
/// <param name="Class">Who is let in.</param>
public sealed record ClassifiedRoute(string Listener, IReadOnlyList<string> Methods, string Pattern, string Class)
{
    /// <summary>The path with something in the place of its variables.</summary>
    /// <param name="values">By name of a variable; others become "none-such".</param>
    public string Fill(IReadOnlyDictionary<string, string> values) => Regex.Replace(
        Pattern, @"\{\**([^}:?]*)[^}]*\}", match => values.GetValueOrDefault(match.Groups[1].Value, "none-such"));

    public override string ToString() => $"{Listener} {string.Join(',', Methods)} {Pattern}";
}
