using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Tests.Scaling;

public sealed class JoinedLoadTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private JoinedLoad _joined = JoinedLoad.Begin("joined");
    private TimeSpan _now = TimeSpan.FromHours(1);
    private long _sequence;

    [Fact]
    public void What_two_routers_have_is_added_up_and_what_they_count_from_the_first_look_on()
    {
        ServiceLoad one = Counted("1", arrived: 1000) with { Held = 1, LongestHeld = 2 * Second, InFlight = 3, WorkInFlight = 4 };
        ServiceLoad two = Counted("2", arrived: 50) with { Held = 2, LongestHeld = 3 * Second, InFlight = 4, WorkInFlight = 5 };
        ServiceLoad first = Look(("a", one), ("b", two)).Load!;
        Assert.Equal((3, 3 * Second, 7, 9.0), (first.Held, first.LongestHeld, first.InFlight, first.WorkInFlight));
        Assert.Equal((0, 0.0), (first.Arrived, first.Work));

        ServiceLoad second = Look(("a", Counted("1", 1010)), ("b", Counted("2", 51))).Load!;
        Assert.Equal((11, 11.0, 11, 11), (second.Arrived, second.Work, second.Judged, second.Met));
        Assert.Equal((0, "joined"), (second.Held, second.Source));
        Assert.True(second.Sequence > first.Sequence && second.At > first.At);
    }

    [Fact]
    public void No_sum_falls_or_jumps_when_a_router_comes_is_started_again_or_goes()
    {
        Look(("a", Counted("1", 100)));
        Assert.Equal(5, Look(("a", Counted("1", 105))).Load!.Arrived);

        // One that has counted for days comes, and only what it counts from now on is added.
        Assert.Equal(5, Look(("a", Counted("1", 105)), ("b", Counted("2", 90_000))).Load!.Arrived);
        Assert.Equal(7, Look(("a", Counted("1", 106)), ("b", Counted("2", 90_001))).Load!.Arrived);

        // Another process in its place has counted from zero since it ended.
        Assert.Equal(10, Look(("a", Counted("1", 106)), ("b", Counted("3", 3))).Load!.Arrived);
        ServiceLoad after = Look(("a", Counted("1", 107))).Load!;
        Assert.Equal((11, 11), (after.Arrived, after.Judged));
    }

    [Fact]
    public void A_word_that_comes_twice_or_late_and_a_count_that_falls_add_nothing()
    {
        ServiceLoad first = Counted("1", 100);
        Look(("a", first));
        ServiceLoad second = Counted("1", 110);
        Assert.Equal(10, Look(("a", second)).Load!.Arrived);
        Assert.Equal(10, Look(("a", first)).Load!.Arrived);
        Assert.Equal(10, Look(("a", second)).Load!.Arrived);
        Assert.Equal(12, Look(("a", Counted("1", 112))).Load!.Arrived);
        Assert.Equal(12, Look(("a", Counted("1", 40))).Load!.Arrived);
    }

    [Fact]
    public void Nothing_new_is_told_until_each_router_has_said_something_new()
    {
        ServiceLoad two = Counted("2", 10);
        long first = Look(("a", Counted("1", 10)), ("b", two)).Load!.Sequence;
        Assert.Equal(first, Look(("a", Counted("1", 15)), ("b", two)).Load!.Sequence);
        ServiceLoad load = Look(("a", Counted("1", 16)), ("b", Counted("2", 11))).Load!;
        Assert.Equal((true, 7), (load.Sequence > first, load.Arrived));

        // But that a request waits.
        ServiceLoad same = Counted("2", 11);
        Look(("a", Counted("1", 16)), ("b", same));
        Assert.Equal(1, Look(("a", Counted("1", 17) with { Held = 1 }), ("b", same)).Load!.Held);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_router_that_is_silent_leaves_the_load_unknown_and_is_named(bool wasHeard)
    {
        ServiceLoad told = Counted("2", 10);
        Assert.Empty(Look(("a", Counted("1", 10)), ("b", told)).Silent);
        TimeSpan at = _now;
        _now += JoinedLoad.HeardWithin;
        LoadSignal signal = Told(new("a", Counted("1", 20), _now), new("b", wasHeard ? told : null, at - Second));
        Assert.Null(signal.Load);
        Assert.Equal(["b"], signal.Silent);

        // It speaks again: nothing of what it counted meanwhile is lost.
        Assert.Equal(30, Look(("a", Counted("1", 20)), ("b", Counted("2", 30))).Load!.Arrived);
    }

    [Fact]
    public void A_request_that_waits_is_told_of_beside_a_router_that_is_silent()
    {
        LoadSignal signal = Told(new("a", Counted("1", 1) with { Held = 1 }, _now), new("b", null, default));
        Assert.Equal(1, signal.Load!.Held);
        Assert.Equal(["b"], signal.Silent);
    }

    [Fact]
    public void A_replica_has_the_work_of_all_routers_and_what_ended_there_since_it_is_known()
    {
        Look(("a", At("1", ("r0", 2, 100))), ("b", At("2", ("r0", 3, 7))));
        ServiceLoad load = Look(("a", At("1", ("r0", 4, 103), ("r1", 1, 2))), ("b", At("2", ("r0", 5, 9)))).Load!;
        Assert.Equal(new ReplicaLoad(9, 9, 5), load.Replicas["r0"]);
        Assert.Equal(new ReplicaLoad(1, 1, 2), load.Replicas["r1"]);

        // Routers that do not know it any more take it out of the sums.
        Assert.Equal(["r0"], Look(("a", At("1", ("r0", 4, 103)))).Load!.Replicas.Keys);
    }

    [Fact]
    public void An_answer_belongs_to_the_class_of_what_all_routers_have_in_flight()
    {
        LoadCell[] Cells(int inFlight, long judged)
        {
            var cells = new LoadCell[LoadClasses.Count];
            cells[LoadClasses.IndexOf(inFlight)] = new LoadCell(judged, judged);
            return cells;
        }

        // Each has eight of the sixteen in flight, and took answers of its own eight for answers of eight.
        Look(("a", At("1", ("r0", 8, 0)) with { Cells = Cells(8, 5) }), ("b", At("2", ("r0", 8, 0))));
        ServiceLoad load = Look(("a", At("1", ("r0", 8, 0)) with { Cells = Cells(8, 9) }), ("b", At("2", ("r0", 8, 0)))).Load!;
        Assert.Equal(new LoadCell(4, 4), load.Cells[LoadClasses.IndexOf(16)]);
        Assert.Equal(4, load.Cells.Sum(static cell => cell.Judged));

        // Alone it is right.
        var alone = JoinedLoad.Begin("alone").With([new("a", At("1", ("r0", 8, 0)) with { Cells = Cells(8, 5) }, _now)], _now);
        alone = alone.With([new("a", At("1", ("r0", 8, 0)) with { Cells = Cells(8, 9) }, _now)], _now);
        Assert.Equal(new LoadCell(4, 4), alone.Signal.Load!.Cells[LoadClasses.IndexOf(8)]);
    }

    [Fact]
    public void Two_routers_with_half_of_the_load_each_lead_to_as_many_replicas_as_one_with_all()
    {
        int Replicas(bool halved)
        {
            var bench = new ScalingBench(new() { MinReplicas = 1, MaxReplicas = 20 });
            JoinedLoad joined = JoinedLoad.Begin("joined");
            bench.Run(TimeSpan.FromMinutes(20), _ => 40, reading =>
            {
                RouterReading[] told = halved
                    ? [new("a", Half(reading, "a"), reading.At), new("b", Half(reading, "b"), reading.At)]
                    : [new("a", reading, reading.At)];
                joined = joined.With(told, reading.At);
                return joined.Signal.Load;
            });
            return bench.Desired;
        }

        Assert.Equal(Replicas(halved: false), Replicas(halved: true));
    }

    private static ServiceLoad Half(ServiceLoad load, string source)
    {
        var cells = new LoadCell[LoadClasses.Count];
        for (int i = 0; i < cells.Length; i++)
        {
            // A router sees half of what is in flight beside an answer.
            ref LoadCell cell = ref cells[LoadClasses.IndexOf(LoadClasses.CentreOf(i) / 2)];
            cell = new LoadCell(cell.Judged + (load.Cells[i].Judged / 2), cell.Met + (load.Cells[i].Met / 2));
        }

        return load with
        {
            Source = source,
            InFlight = load.InFlight / 2,
            WorkInFlight = load.WorkInFlight / 2,
            Arrived = load.Arrived / 2,
            Work = load.Work / 2,
            Judged = load.Judged / 2,
            Met = load.Met / 2,
            Cells = cells,
            Replicas = load.Replicas.ToDictionary(
                static entry => entry.Key,
                static entry => new ReplicaLoad(entry.Value.InFlight / 2, entry.Value.Work / 2, entry.Value.Ended / 2)),
        };
    }

    private ServiceLoad Counted(string source, long arrived) => new()
    {
        Source = source,
        Sequence = ++_sequence,
        At = TimeSpan.Zero,
        Arrived = arrived,
        Work = arrived,
        Judged = arrived,
        Met = arrived,
    };

    private ServiceLoad At(string source, params (string Name, int Work, double Ended)[] replicas) => Counted(source, 0) with
    {
        Replicas = replicas.ToDictionary(
            static replica => replica.Name, static replica => new ReplicaLoad(replica.Work, replica.Work, replica.Ended)),
    };

    private LoadSignal Look(params (string Router, ServiceLoad Load)[] told) =>
        Told([.. told.Select(one => new RouterReading(one.Router, one.Load, _now + Second))]);

    private LoadSignal Told(params RouterReading[] told)
    {
        _now += Second;
        _joined = _joined.With(told, _now);
        return _joined.Signal;
    }
}
