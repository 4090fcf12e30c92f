using CsCheck;
using Trireme.Hosting.Telemetry;
using Trireme.Telemetry.Model;

namespace Trireme.Tests.Telemetry;

public sealed class CounterRisesTests
{
    private const long WindowMs = 5000;
    private const int Windows = 6;
    private const long StartMs = 10_000;

    /// <summary>Gaps between samples in milliseconds, and what was counted in each.</summary>
    private static readonly Gen<(int Gap, int Counted, bool Reset)[]> Histories =
        Gen.Select(Gen.Int[1, 4000], Gen.Int[0, 50], Gen.Frequency((9, Gen.Const(false)), (1, Gen.Const(true)))).Array[0, 40];

    [Fact]
    public void Without_a_restart_a_window_is_the_difference_of_the_values_at_its_edges() => Histories.Sample(history =>
    {
        List<Sample> samples = Samples(history, resets: false);
        double[] rises = Rises(samples);
        for (int i = 0; i < Windows; i++)
        {
            Assert.Equal(ValueAt(samples, StartMs + ((i + 1) * WindowMs)) - ValueAt(samples, StartMs + (i * WindowMs)), rises[i]);
        }
    });

    [Fact]
    public void A_restart_is_never_a_fall_and_costs_only_what_no_sample_saw() => Histories.Sample(history =>
    {
        List<Sample> samples = Samples(history, resets: true);
        double[] rises = Rises(samples);
        var counted = new double[Windows];
        long at = 0;
        bool blurred = false;
        int previous = 0;
        foreach ((int gap, int count, bool reset) in history)
        {
            at += gap;
            int value = reset ? count : previous + count;
            // A counter that overtook what it had before its restart cannot be told from one that went on.
            blurred |= reset && value >= previous;
            previous = value;
            long window = (at - StartMs - 1) / WindowMs;
            if (at > StartMs && window < Windows) counted[window] += count;
        }

        Assert.All(rises, static rise => Assert.True(rise >= 0));
        for (int i = 0; i < Windows; i++) Assert.True(rises[i] <= counted[i], $"window {i}: {rises[i]} of {counted[i]}");
        if (!blurred) Assert.Equal(counted, rises);
    });

    [Fact]
    public void A_counter_that_begins_inside_counts_from_zero() => Assert.Equal(
        [0, 7, 0, 0, 0, 0],
        Rises([new Sample(StartMs + WindowMs + 1, 7)]));

    [Fact]
    public void A_sample_at_an_edge_belongs_to_the_window_before_it() => Assert.Equal(
        [3, 1, 0, 0, 0, 0],
        Rises([new Sample(StartMs, 10), new Sample(StartMs + WindowMs, 13), new Sample(StartMs + WindowMs + 1, 14)]));

    [Fact]
    public void A_counter_that_overtook_itself_starts_again_where_its_companion_fell()
    {
        // Ten observations of 1 before the restart, and five of 3 after it: the sum overtakes what it was, and the count gives it away.
        Sample[] count = [new(StartMs, 10), new(StartMs + 1000, 5), new(StartMs + 2000, 6)];
        Sample[] sum = [new(StartMs, 10), new(StartMs + 1000, 15), new(StartMs + 2000, 18)];
        HashSet<long> restarts = [];
        CounterRises.AddRestarts(count, restarts);
        CounterRises.AddRestarts(sum, restarts);
        var rises = new double[Windows];
        CounterRises.Add(sum, StartMs, WindowMs, rises, restarts);
        Assert.Equal((18, 6), (rises[0], Rises(count)[0]));
    }

    private static double[] Rises(IReadOnlyList<Sample> samples)
    {
        var rises = new double[Windows];
        CounterRises.Add(samples, StartMs, WindowMs, rises);
        return rises;
    }

    /// <summary>What a counter shows; a restart sets it to zero right after a sample.</summary>
    private static List<Sample> Samples((int Gap, int Counted, bool Reset)[] history, bool resets)
    {
        var samples = new List<Sample>();
        long at = 0;
        double value = 0;
        foreach ((int gap, int counted, bool reset) in history)
        {
            at += gap;
            value = (resets && reset ? 0 : value) + counted;
            samples.Add(new Sample(at, value));
        }

        return samples;
    }

    private static double ValueAt(List<Sample> samples, long atMs) =>
        samples.FindLast(sample => sample.TimestampMs <= atMs) is { TimestampMs: > 0 } found ? found.Value : 0;
}
