using Trireme.Contracts.Resources;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Tests.Scaling;

public sealed class CapacityModelTests
{
    [Fact]
    public void A_replica_nothing_is_known_of_is_trusted_with_a_few_requests()
    {
        ReplicaCapacity capacity = CapacityModel.Unknown.Within(0.99);
        Assert.Equal((CapacityModel.AssumedConcurrency, null), (capacity.Concurrency, capacity.RequestsPerSecond));
    }

    [Fact]
    public void How_long_requests_take_lies_on_a_line_over_the_load_also_where_none_was_measured()
    {
        // Two seconds alone, and half a second for each in flight.
        CapacityModel model = Measured((1, 2.5, 1), (2, 3, 1), (8, 2 + (7.5 / 2), 0.99), (16, 2 + (14.5 / 2), 0.5));
        ReplicaCapacity capacity = model.Within(0.99);
        Assert.Equal((2, 0.5), (capacity.SecondsAlone!.Value, capacity.SecondsEach), Close);
        Assert.InRange(capacity.Concurrency, 8, 8.3);
        Assert.Equal(capacity.Concurrency / (2 + (capacity.Concurrency / 2)), capacity.RequestsPerSecond!.Value, 0.001);
    }

    [Fact]
    public void Replicas_that_were_only_seen_overloaded_are_taken_to_answer_as_many_with_less()
    {
        // A hundred and more in flight, all of them late, 1.3 per second: less in flight is what helps, and by as many as that.
        ReplicaCapacity capacity = Measured((96, 80 / 1.3, 0), (128, 112 / 1.3, 0), (192, 160 / 1.3, 0)).Within(0.99);
        Assert.Equal(48, capacity.Concurrency);
        Assert.Equal(1.3, capacity.RequestsPerSecond!.Value, 0.05);
        Assert.Equal((0, 0, 1), (capacity.LateAnyway, capacity.LateAt(20), capacity.LateAt(150)));
    }

    [Fact]
    public void One_load_that_is_carried_is_taken_to_lie_half_way_to_all_that_is_answered()
    {
        ReplicaCapacity capacity = Measured((1, 4, 1)).Within(0.99);
        Assert.Equal((2, 2), (capacity.SecondsAlone!.Value, capacity.SecondsEach));
    }

    [Fact]
    public void What_is_left_of_work_is_what_comes_of_small_steps_too()
    {
        ReplicaCapacity capacity = LoadHistoryTests.Eight with { SecondsAlone = 2, SecondsEach = 0.5 };
        double open = 100;
        for (int i = 0; i < 2000; i++) open = capacity.Left(open, replicas: 5, seconds: 0.01);
        double exact = Simulated(100, 5, 20);
        Assert.Equal(exact, open, 0.5);
        Assert.InRange(capacity.Left(100, 5, 20), exact * 0.5, 100);
        Assert.Equal(0, capacity.Left(0, 5, 20));
        Assert.Equal(100, capacity.Left(100, 5, 0), 0.001);

        static double Simulated(double open, int replicas, double seconds)
        {
            const double Step = 0.0001;
            for (double at = 0; at < seconds; at += Step) open -= Step * open / (2 + (0.5 * open / replicas));
            return open;
        }
    }

    [Fact]
    public void What_is_carried_lies_between_the_last_class_within_the_SLO_and_the_first_outside_it()
    {
        Assert.InRange(Measured((8, 1, 0.99), (12, 1, 0.8)).Within(0.99).Concurrency, 8, 8.3);
        Assert.InRange(Measured((8, 1, 0.99), (12, 1, 0.8)).Within(0.9).Concurrency, 9.8, 10.4);
    }

    [Fact]
    public void A_load_that_was_never_seen_is_found_out_about_step_by_step()
    {
        Assert.Equal(12, Measured((8, 1, 1)).Within(0.99).Concurrency);
        Assert.Equal(16, Measured((8, 1, 1), (12, 1, 1)).Within(0.99).Concurrency);
        Assert.Equal(4, Measured((8, 1, 0.5)).Within(0.99).Concurrency);
    }

    [Fact]
    public void An_SLO_that_no_replica_attains_does_not_ask_for_replicas_without_end()
    {
        // Alone on a replica 60% are within it, and as many with four; only at eight it gets worse.
        CapacityModel model = Measured((1, 1, 0.6), (4, 1, 0.6), (8, 1, 0.3));
        Assert.InRange(model.Within(0.99).Concurrency, 4, 5);
        Assert.Equal(0.4, model.Within(0.99).LateAnyway, 0.001);
    }

    [Fact]
    public void An_overload_does_not_teach_that_nothing_helps()
    {
        // Equally bad with 64 and with 500, because both are far too many.
        Assert.Equal(32, Measured((64, 50, 0), (512, 400, 0)).Within(0.99).Concurrency);
    }

    [Fact]
    public void A_class_that_by_chance_did_better_than_a_lower_one_is_pooled_with_it()
    {
        CapacityModel model = Measured((4, 1, 0.95), (6, 1, 1), (8, 1, 0.5));
        Assert.InRange(model.Within(0.97).Concurrency, 6, 7);
    }

    [Fact]
    public void Old_measurements_give_way_to_new_ones()
    {
        CapacityModel model = Measured((8, 1, 1));
        LoadCell[] worse = Cells((8, 1, 0.5));
        for (int i = 0; i < 6; i++) model = model.With(worse);
        Assert.InRange(model.Within(0.9).Concurrency, 1, 7);
    }

    [Fact]
    public void Another_release_has_to_be_measured_anew_with_the_old_one_as_a_guess()
    {
        CapacityModel old = Measured((8, 1, 1));
        CapacityModel next = old.For("another");
        Assert.True(next.IsMeasured);
        next = next.With(Cells((8, 2, 0)));
        Assert.InRange(next.Within(0.9).Concurrency, 1, 7);
        Assert.Same(next, next.For("another"));
    }

    [Fact]
    public void What_is_recorded_is_read_back()
    {
        CapacityModel model = Measured((2, 3.0, 1), (8, 6.0, 0.9));
        CapacityModel read = CapacityModel.Read(new ScalingCapacity { Of = model.Of, Cells = model.ToRecord() });
        (ReplicaCapacity before, ReplicaCapacity after) = (model.Within(0.95), read.Within(0.95));
        Assert.Equal(before.Late, after.Late);
        Assert.Equal((before.Concurrency, before.RequestsPerSecond), (after.Concurrency, after.RequestsPerSecond));
        Assert.Equal(2, model.ToRecord().Count);
    }

    [Fact]
    public void What_somebody_edited_into_nonsense_is_left_out()
    {
        CapacityModel read = CapacityModel.Read(new ScalingCapacity
        {
            Of = "x",
            Cells =
            [
                new CapacityCell { Concurrency = 8, Requests = 100, Seconds = 100, Judged = 100, Met = 200 },
                new CapacityCell { Concurrency = 7, Requests = 100, Seconds = 100, Judged = 100, Met = 100 },
                new CapacityCell { Concurrency = 4, Requests = -1, Seconds = double.NaN, Judged = 100, Met = 100 },
            ],
        });
        Assert.False(read.IsMeasured);
    }

    private static bool Close((double, double) left, (double, double) right) =>
        Math.Abs(left.Item1 - right.Item1) < 0.01 && Math.Abs(left.Item2 - right.Item2) < 0.01;

    private static CapacityModel Measured(params (int InFlight, double Seconds, double Share)[] classes)
    {
        CapacityModel model = CapacityModel.Unknown.For("this").With(Cells(classes));
        return model.With(Times([.. classes.Select(static item => (item.InFlight, item.Seconds))]));
    }

    internal static WorkCell[] Times(params (int InFlight, double Seconds)[] classes)
    {
        var cells = new WorkCell[LoadClasses.Count];
        foreach ((int inFlight, double seconds) in classes) cells[LoadClasses.IndexOf(inFlight)] = new WorkCell(500, 500 * seconds);
        return cells;
    }

    private static LoadCell[] Cells(params (int InFlight, double Seconds, double Share)[] classes)
    {
        var cells = new LoadCell[LoadClasses.Count];
        foreach ((int inFlight, _, double share) in classes)
        {
            cells[LoadClasses.IndexOf(inFlight)] = new LoadCell(500, (long)Math.Round(500 * share));
        }

        return cells;
    }
}
