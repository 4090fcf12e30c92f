using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Requests;

namespace Trireme.ApiServer.Tests.GarbageCollection;

public sealed class OwnershipRulesTests
{
    [Theory]
    [InlineData("Solid", false, "Keep")]
    [InlineData("Absent", false, "Delete Background")]
    [InlineData("Waiting", false, "Delete Background")]
    [InlineData("Waiting", true, "Delete Foreground")]
    [InlineData("Absent", true, "Delete Background")]
    [InlineData("Absent Waiting", true, "Delete Foreground")]
    [InlineData("Absent Absent", false, "Delete Background")]
    [InlineData("Solid Absent", false, "Forget 1")]
    [InlineData("Waiting Solid Absent", true, "Forget 0 2")]
    [InlineData("Solid Solid", false, "Keep")]
    [InlineData("Unknown", false, "Keep")]
    [InlineData("Unknown Absent", false, "Keep")]
    [InlineData("Unknown Solid Absent", false, "Keep")]
    [InlineData("", true, "Keep")]
    public void What_becomes_of_a_dependent_follows_from_its_owners(string states, bool hasDependents, string expected) =>
        Assert.Equal(expected, Decide(states, hasDependents));

    [Theory]
    [InlineData("orphan", "Delete Orphan")]
    [InlineData("foregroundDeletion", "Delete Foreground")]
    [InlineData("example.com/hold", "Delete Background")]
    public void A_finalizer_says_how_the_dependent_itself_goes(string finalizer, string expected) =>
        Assert.Equal(expected, Decide("Absent", hasDependents: false, finalizer));

    [Theory]
    [InlineData("a:b b:", false, "an object that is not waiting blocks")]
    [InlineData("a*:b b*:a", true, "two wait for each other")]
    [InlineData("a*:b b*:c c*:a", true, "three wait in a circle")]
    [InlineData("a*:b,d b*:a d:", false, "one outside of the circle blocks")]
    [InlineData("a*:b b*:c c:", false, "a chain ends at one that goes by itself")]
    [InlineData("a*:b b*:c c*:b", false, "a circle that the object is no part of")]
    [InlineData("a*:a", true, "an object that owns itself")]
    [InlineData("a*:", true, "nothing blocks")]
    public void Waiting_in_a_circle_ends(string graph, bool free, string why)
    {
        var blockers = new Dictionary<string, string[]>();
        var waiting = new HashSet<string>();
        foreach (string part in graph.Split(' '))
        {
            string[] sides = part.Split(':');
            string name = sides[0].TrimEnd('*');
            if (sides[0].EndsWith('*')) waiting.Add(name);
            blockers[name] = sides[1].Split(',', StringSplitOptions.RemoveEmptyEntries);
        }

        Assert.True(free != OwnershipRules.IsBlocked("a", name => blockers[name], waiting.Contains), why);
    }

    private static string Decide(string states, bool hasDependents, params string[] finalizers)
    {
        (OwnerLink Link, OwnerState State)[] owners =
        [
            .. states.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select((state, i) => (new OwnerLink("v1", "ConfigMap", "n", $"{i}", true), Enum.Parse<OwnerState>(state))),
        ];
        DependentFate decision = OwnershipRules.Decide(owners, hasDependents, finalizers);
        return decision.Action switch
        {
            DependentAction.Forget => $"Forget {string.Join(' ', decision.Forgotten.Select(link => link.Uid))}",
            DependentAction.Delete => $"Delete {decision.Propagation}",
            _ => "Keep",
        };
    }
}
