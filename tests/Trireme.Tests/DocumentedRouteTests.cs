using System.Text.RegularExpressions;
using Trireme.Testing;
using Trireme.Testing.Authorisation;

namespace Trireme.Tests;

/// <summary>The page for clients lists the routes that there are, which the tests of their listeners hold to the table of routes.</summary>
public sealed partial class DocumentedRouteTests
{
    [Theory]
    [InlineData("gateway")]
    [InlineData("worker")]
    public void Every_route_is_on_the_page_and_no_other(string listener)
    {
        HashSet<string> there =
        [
            .. from route in RouteTable.All
               where route.Listener == listener && route.Methods is not ["*"]
               from method in route.Methods
               where method != "HEAD"
               select $"{method} {Variable().Replace(route.Pattern, "{}")}",
        ];
        HashSet<string> listed =
        [
            .. from Match row in Row().Matches(File.ReadAllText(Repository.PathOf("docs", "compatibility.md")))
               where IsServed(row, listener)
               select Variable().Replace(row.Groups["route"].Value, "{}"),
        ];
        Assert.NotEmpty(listed);
        Assert.Equal(there.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    /// <summary>The gateway serves some of what a worker does, and dialects that a worker does not speak.</summary>
    private static bool IsServed(Match row, string listener) =>
        listener == "worker" ? row.Groups["worker"].Value != "404" : row.Groups["gateway"].Value == "yes";

    [GeneratedRegex(@"^\| `(?<route>[A-Z]+ /[^`]*)` \| (?<gateway>yes|404) \| (?<worker>[^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Variable();
}
