using Trireme.Contracts.Resources;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Views;

public sealed class FleetFilterTests
{
    private static readonly IReadOnlyList<ServiceRow> Rows =
    [
        .. Enumerable.Range(0, 60).Select(i => Row($"s{i:00}", i % 10 == 0 ? HealthLevel.Bad : HealthLevel.Good)),
        Row("asleep", HealthLevel.Idle), Row("moving", HealthLevel.Busy), Row("held", HealthLevel.Warning, "next"),
    ];

    [Fact]
    public void A_page_holds_few_rows_and_says_how_many_there_are()
    {
        FleetSelection first = new FleetFilter().Select(Rows);
        Assert.Equal((FleetFilter.PageSize, 63, 0, 3), (first.Rows.Count, first.Matching, first.Page, first.Pages));
        Assert.Equal("s25", new FleetFilter { Page = 1 }.Select(Rows).Rows[0].Name);
        FleetSelection beyond = new FleetFilter { Page = 9 }.Select(Rows);
        Assert.Equal((2, 13), (beyond.Page, beyond.Rows.Count));
    }

    [Fact]
    public void Groups_count_what_the_search_leaves()
    {
        FleetSelection selection = new FleetFilter { Search = " S0", Group = FleetGroup.Problems }.Select(Rows);
        Assert.Equal(["s00"], selection.Rows.Select(row => row.Name));
        Assert.Equal(
            [(FleetGroup.All, 10), (FleetGroup.Problems, 1), (FleetGroup.Changing, 0), (FleetGroup.Healthy, 9), (FleetGroup.Idle, 0)],
            selection.Groups);
        Assert.Equal((0, 1, 0), (selection.Page, selection.Pages, new FleetFilter { Search = "nobody" }.Select(Rows).Rows.Count));
    }

    [Theory]
    [InlineData("next", "held")]
    [InlineData("SLEEP", "asleep")]
    [InlineData("the-release", "moving")]
    public void Names_namespaces_and_releases_are_searched(string search, string found) =>
        Assert.Equal(found, Assert.Single(new FleetFilter { Search = search }.Select(Rows).Rows).Name);

    private static ServiceRow Row(string name, HealthLevel level, string @namespace = "default") => new()
    {
        Name = name,
        Namespace = @namespace,
        Health = new Health(level, "", ""),
        Traffic = name == "moving" ? [new ReleaseTraffic { Name = "The-Release", ContentHash = "h" }] : [],
    };
}
