using Trireme.ApiServer.Definitions;

namespace Trireme.ApiServer.Tests.CustomKinds;

/// <summary>Which names a definition gets beside others of its group.</summary>
public sealed class NameAcceptanceTests
{
    private static readonly DefinitionNames Wanted = new()
    {
        Plural = "things", Singular = "thing", Kind = "Thing", ListKind = "ThingList", ShortNames = ["th"],
    };

    private static readonly DefinitionNames Fresh = new();

    [Fact]
    public void All_names_are_given_where_nobody_has_them()
    {
        NameAcceptance acceptance = NameAcceptance.Of(Wanted, Fresh, [new DefinitionNames { Plural = "others", Kind = "Other" }]);
        Assert.True(acceptance.IsWhole);
        Assert.Equal(("things", "Thing", "th"), (acceptance.Accepted.Plural, acceptance.Accepted.Kind, acceptance.Accepted.ShortNames![0]));
    }

    [Theory]
    [InlineData("things", "Other", "", "PluralConflict")]
    [InlineData("thing", "Other", "", "SingularConflict")]
    [InlineData("others", "Other", "th", "ShortNamesConflict")]
    [InlineData("others", "Thing", "", "KindConflict")]
    [InlineData("others", "ThingList", "", "ListKindConflict")]
    public void A_name_that_another_has_is_said(string plural, string kind, string shortName, string reason)
    {
        var other = new DefinitionNames { Plural = plural, Kind = kind, ShortNames = shortName.Length > 0 ? [shortName] : null };
        NameAcceptance acceptance = NameAcceptance.Of(Wanted, Fresh, [other]);
        Assert.Equal(reason, acceptance.Reason);
        Assert.Contains("is already in use", acceptance.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_it_has_already_stays()
    {
        DefinitionNames had = NameAcceptance.Of(Wanted, Fresh, []).Accepted;
        var other = new DefinitionNames { Plural = "others", Kind = "Thing", ShortNames = ["th"] };
        Assert.True(NameAcceptance.Of(Wanted, had, [other]).IsWhole);
    }
}
