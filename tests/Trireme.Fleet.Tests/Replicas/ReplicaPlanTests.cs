using CsCheck;
using Trireme.Fleet.Replicas;

namespace Trireme.Fleet.Tests.Replicas;

public sealed class ReplicaPlanTests
{
    /// <summary>
    /// Replicas are written as release, template, state: "a1+" is release a with template 1 and ready, "-" starts, "!" is being
    /// deleted; they are ordered from the oldest. Wanted is release, template and number: "a1*2". "?" is a template nobody can make.
    /// </summary>
    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "a new service gets all its replicas at once", "a1*3", "", "create a*3" },
        { "nothing is done when all is as wanted", "a1*2", "a1+ a1+", "" },
        { "replicas that start are waited for", "a1*2", "a1- a1-", "" },
        { "a lost replica is replaced", "a1*2", "a1+", "create a*1" },
        { "a replica being deleted no longer counts", "a1*2", "a1+ a1!", "create a*1" },
        { "scaling down takes the youngest", "a1*1", "a1+ a1+ a1+", "delete 1 2" },
        { "scaling down takes those that answer nobody first", "a1*1", "a1- a1+ a1-", "delete 0 2" },
        { "scaling down keeps what answers while too few do", "a1*2", "a1+ a1- a1-", "delete 2" },
        { "scaling to zero takes all", "a1*0", "a1+ a1-", "delete 0 1" },
        { "a changed template starts one more replica", "a2*2", "a1+ a1+", "create a*1" },
        { "an old replica stays until the new one answers", "a2*2", "a1+ a1+ a2-", "" },
        { "an old replica goes once the new one answers", "a2*2", "a1+ a1+ a2+", "delete 0" },
        { "the next one follows", "a2*2", "a1+ a2+", "create a*1" },
        { "an old replica that does not answer goes at once", "a2*2", "a1+ a1-", "create a*1 delete 1" },
        { "one replica is replaced without a gap", "a2*1", "a1+ a2-", "" },
        { "old replicas beyond the number go before the new ones come", "a2*1", "a1+ a1+ a1+", "delete 0 1" },
        { "releases are planned each for itself", "a1*2 b1*1", "a1+ a1+", "create b*1" },
        { "replicas of a release without a part stay while the others are incomplete", "a1*2", "a1+ b1+", "create a*1" },
        { "replicas of a release without a part go once the others are complete", "a1*1", "a1+ b1+", "delete 1" },
        { "replicas of a release without a part that answer nobody go at once", "a1*2", "a1+ b1-", "create a*1 delete 1" },
        { "everything goes when nothing is wanted", "", "a1+ b1-", "delete 0 1" },
        { "replicas of a release nobody can make are kept", "a?*2", "a1+", "" },
    };

    public static TheoryData<ReplicaExchange, string, string, string, string> Exchanges => new()
    {
        { ReplicaExchange.InPlace, "one gives its place", "a1*2 b1*1", "a1+ a1+ a1+", "delete 2" },
        { ReplicaExchange.InPlace, "a place is taken until its replica is gone", "a1*2 b1*1", "a1! a1+ a1+", "" },
        { ReplicaExchange.InPlace, "the place is used", "a1*2 b1*1", "a1+ a1+", "create b*1" },
        { ReplicaExchange.InPlace, "the next waits until the new one answers", "a1*1 b1*2", "a1+ a1+ b1-", "" },
        { ReplicaExchange.InPlace, "the next follows", "a1*1 b1*2", "a1+ a1+ b1+", "delete 1" },
        { ReplicaExchange.InPlace, "what answers nobody gives its place first", "a1*1 b1*1", "a1+ a1-", "delete 1" },
        { ReplicaExchange.InPlace, "places are given back the same way", "a1*3", "a1+ a1+ b1+", "delete 2" },
        { ReplicaExchange.InPlace, "what failed and answers nobody goes at once", "a1*3", "a1+ b1- b1-", "delete 1 2" },
        { ReplicaExchange.InPlace, "what answers is kept while another is missing", "a1*3", "a1+ a1- b1+", "" },
        { ReplicaExchange.InPlace, "a changed template takes places too", "a2*2", "a1+ a1+", "delete 0" },
        { ReplicaExchange.InPlace, "a changed template waits for the first", "a2*2", "a1+ a2-", "" },
        { ReplicaExchange.InPlace, "one replica is Recreate", "b1*1", "a1+", "delete 0" },
        { ReplicaExchange.InPlace, "scaling down takes as many as are too many", "a1*1", "a1+ a1+ a1+", "delete 1 2" },
        { ReplicaExchange.InPlace, "nothing gives its place to what nobody can make", "a?*1", "b1+", "" },
        { ReplicaExchange.InPlace, "scaling to zero takes all", "a1*0", "a1+ b1-", "delete 0 1" },
        { ReplicaExchange.Recreate, "all of the old release go at once", "b1*2", "a1+ a1+", "delete 0 1" },
        { ReplicaExchange.Recreate, "none of the new one comes while an old one drains", "b1*2", "a1!", "" },
        { ReplicaExchange.Recreate, "all of the new one come then", "b1*2", "", "create b*2" },
        { ReplicaExchange.Recreate, "a failed release goes before the old one returns", "a1*2", "b1- b1+", "delete 0 1" },
        { ReplicaExchange.Recreate, "a changed template is exchanged in place", "a2*2", "a1+ a1+", "delete 0" },
        { ReplicaExchange.Recreate, "nothing is stopped for what nobody can make", "b?*1", "a1+", "" },
    };

    [Theory]
    [MemberData(nameof(Exchanges))]
    public void Places_are_exchanged_as_the_sentence_says(
        ReplicaExchange exchange, string sentence, string wanted, string replicas, string expected) =>
        Check(sentence, ReplicaPlan.Make(Releases(wanted), Replicas(replicas), exchange), expected);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_plan_is_as_the_sentence_says(string sentence, string wanted, string replicas, string expected) =>
        Check(sentence, ReplicaPlan.Make(Releases(wanted), Replicas(replicas)), expected);

    private static void Check(string sentence, ReplicaPlan plan, string expected)
    {
        List<string> parts = [];
        if (plan.Create.Count > 0) parts.Add(
            "create " + string.Join(' ', plan.Create.Select(creation => $"{creation.ContentHash}*{creation.Count}")));
        if (plan.Delete.Count > 0) parts.Add("delete " + string.Join(' ', plan.Delete.Order()));
        Assert.True(expected == string.Join(' ', parts), $"{sentence}: {string.Join(' ', parts)}");
    }

    /// <summary>
    /// A fleet that follows the plan: whatever starts, dies or changes in between, no deletion takes a release from its number of
    /// ready replicas below it, never more than one replica more than wanted is made, and in the end the fleet is as wanted.
    /// </summary>
    [Fact]
    public void Following_the_plan_never_goes_below_the_wanted_number_and_arrives()
    {
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 5]).List[1, 60].Sample(
            changes =>
            {
                var fleet = new FleetModel();
                foreach ((int kind, int amount) in changes) fleet.Step(kind, amount);
                fleet.Settle();
            },
            iter: 3000);
    }

    /// <summary>
    /// Two releases that share their places, whatever starts, dies or changes: never more replicas than places, those that drain included,
    /// no deletion takes the ready ones below all but one, and in the end the fleet is as wanted.
    /// </summary>
    [Fact]
    public void Places_are_never_more_than_are_wanted_and_all_but_one_answer()
    {
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 5]).List[1, 60].Sample(
            changes =>
            {
                var fleet = new PlaceModel();
                foreach ((int kind, int amount) in changes) fleet.Step(kind, amount);
                fleet.Settle();
            },
            iter: 3000);
    }

    private static List<PlannedRelease> Releases(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(part =>
        new PlannedRelease(
            part[..1], int.Parse(part[3..], System.Globalization.CultureInfo.InvariantCulture), part[1] == '?' ? null : part[1..2]))];

    private static List<ReplicaView> Replicas(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((part, index) =>
        new ReplicaView($"{index}", part[..1], part[1..2], part[2] == '+', part[2] == '!', DateTimeOffset.UnixEpoch.AddSeconds(index)))];

    private sealed class PlaceModel
    {
        private readonly List<ReplicaView> _replicas = [];
        private int _places = 3;
        private int _new;
        private int _made;

        public void Step(int kind, int amount)
        {
            switch (kind)
            {
                case 0:
                    (_places, _new) = (amount, Math.Min(_new, amount));
                    break;
                case 1:
                    _new = Math.Min(amount, _places);
                    break;
                case 2 when _replicas.Count > 0:
                    _replicas[amount % _replicas.Count] = _replicas[amount % _replicas.Count] with { Ready = true };
                    break;
                case 3 when _replicas.Count > 0:
                    _replicas[amount % _replicas.Count] = _replicas[amount % _replicas.Count] with { Ready = false };
                    break;
                case 4:
                    _replicas.RemoveAll(static replica => replica.Deleting);
                    break;
                default:
                    Follow();
                    break;
            }
        }

        public void Settle()
        {
            for (int round = 0; round < 60; round++)
            {
                Follow();
                _replicas.RemoveAll(static replica => replica.Deleting);
                for (int i = 0; i < _replicas.Count; i++) _replicas[i] = _replicas[i] with { Ready = true };
            }

            Assert.Equal(_places - _new, _replicas.Count(static replica => replica.ContentHash == "a"));
            Assert.Equal(_new, _replicas.Count(static replica => replica.ContentHash == "b"));
        }

        private void Follow()
        {
            PlannedRelease[] wanted = [new("a", _places - _new, "1"), new("b", _new, "1")];
            ReplicaPlan plan = ReplicaPlan.Make(wanted, _replicas, ReplicaExchange.InPlace);
            int before = _replicas.Count(static replica => replica is { Ready: true, Deleting: false });
            for (int i = 0; i < _replicas.Count; i++)
            {
                if (plan.Delete.Contains(_replicas[i].Name)) _replicas[i] = _replicas[i] with { Deleting = true };
            }

            int after = _replicas.Count(static replica => replica is { Ready: true, Deleting: false });
            Assert.True(after >= Math.Min(before, _places - 1), $"{before} ready became {after} of {_places}");
            foreach (ReplicaCreation creation in plan.Create)
            {
                for (int i = 0; i < creation.Count; i++)
                {
                    var at = DateTimeOffset.UnixEpoch.AddSeconds(_made);
                    _replicas.Add(new ReplicaView($"{_made++}", creation.ContentHash, "1", false, false, at));
                }

                Assert.True(_replicas.Count <= _places, $"{_replicas.Count} replicas in {_places} places");
            }
        }
    }

    private sealed class FleetModel
    {
        private readonly List<ReplicaView> _replicas = [];
        private int _wanted = 2;
        private int _template;
        private int _made;

        public void Step(int kind, int amount)
        {
            switch (kind)
            {
                case 0:
                    _wanted = amount;
                    break;
                case 1:
                    _template++;
                    break;
                case 2 when _replicas.Count > 0:
                    Set(amount % _replicas.Count, ready: true);
                    break;
                case 3 when _replicas.Count > 0:
                    Set(amount % _replicas.Count, ready: false);
                    break;
                default:
                    Follow();
                    break;
            }
        }

        public void Settle()
        {
            for (int round = 0; round < 60; round++)
            {
                Follow();
                for (int i = 0; i < _replicas.Count; i++) Set(i, ready: true);
            }

            Assert.Equal(_wanted, _replicas.Count);
            Assert.All(_replicas, replica => Assert.Equal($"{_template}", replica.TemplateHash));
        }

        private void Set(int index, bool ready) => _replicas[index] = _replicas[index] with { Ready = ready };

        private void Follow()
        {
            ReplicaPlan plan = ReplicaPlan.Make([new PlannedRelease("a", _wanted, $"{_template}")], _replicas);
            int before = _replicas.Count(replica => replica.Ready);
            _replicas.RemoveAll(replica => plan.Delete.Contains(replica.Name));
            int after = _replicas.Count(replica => replica.Ready);
            Assert.True(after >= Math.Min(before, _wanted), $"{before} ready became {after}, wanted {_wanted}");
            foreach (ReplicaCreation creation in plan.Create)
            {
                for (int i = 0; i < creation.Count; i++)
                {
                    _replicas.Add(
                        new ReplicaView($"{_made}", "a", $"{_template}", false, false, DateTimeOffset.UnixEpoch.AddSeconds(_made++)));
                }

                Assert.True(_replicas.Count <= _wanted + 1, $"{_replicas.Count} replicas for {_wanted} wanted");
            }
        }
    }
}
