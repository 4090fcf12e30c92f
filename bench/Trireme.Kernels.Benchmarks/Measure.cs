using System.Diagnostics;

namespace Trireme.Kernels.Benchmarks;

/// <summary>One thing that is timed, with the rate of each round.</summary>
/// <param name="name">Shown in the table.</param>
/// <param name="work">Bytes or operations of one run, in billions.</param>
/// <param name="unit">Of the rate.</param>
/// <param name="floor">The measure whose best rate is the most this one can reach; none for a floor.</param>
/// <param name="run">Runs it once.</param>
internal sealed class Measure(string name, double work, string unit, Measure? floor, Action run)
{
    private readonly List<double> _rates = [];

    public double Best => _rates.Count == 0 ? 0 : _rates.Max();

    public double Median => _rates.Order().ElementAt(_rates.Count / 2);

    public void Warm() => run();

    public void Round()
    {
        long started = Stopwatch.GetTimestamp();
        run();
        _rates.Add(work / Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    public override string ToString()
    {
        string share = floor is null || floor.Best == 0 ? "" : $"{Best / floor.Best,8:P0}";
        return $"{name,-34} {Best,9:F1} {Median,9:F1} {unit,-5} {share}";
    }
}
