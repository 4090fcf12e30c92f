using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>Folds the columns of the elements of a group into one column, step by step.</summary>
internal abstract class ColumnFold
{
    private ColumnFold(int steps)
    {
        Result = new double[steps];
        Array.Fill(Result, StaleMarker.Value);
    }

    protected double[] Result { get; }

    public static ColumnFold Create(string operation, int steps) => operation switch
    {
        "sum" => new Pairwise(steps, static (total, value) => total + value),
        "min" => new Pairwise(steps, static (least, value) => value < least || double.IsNaN(least) ? value : least),
        "max" => new Pairwise(steps, static (most, value) => value > most || double.IsNaN(most) ? value : most),
        "count" => new Counting(steps, static count => count),
        "group" => new Counting(steps, static _ => 1),
        "avg" => new Mean(steps),
        "stdvar" => new Spread(steps, static variance => variance),
        "stddev" => new Spread(steps, Math.Sqrt),
        _ => throw new InvalidOperationException($"No aggregation is called {operation}."),
    };

    public void Add(double[] values)
    {
        for (int step = 0; step < values.Length; step++)
        {
            if (!StaleMarker.IsStale(values[step])) Add(step, values[step]);
        }
    }

    public virtual double[] Finish() => Result;

    protected abstract void Add(int step, double value);

    private sealed class Pairwise(int steps, Func<double, double, double> combine) : ColumnFold(steps)
    {
        protected override void Add(int step, double value) =>
            Result[step] = StaleMarker.IsStale(Result[step]) ? value : combine(Result[step], value);
    }

    private sealed class Counting(int steps, Func<double, double> finish) : ColumnFold(steps)
    {
        public override double[] Finish() => Array.ConvertAll(Result, count => StaleMarker.IsStale(count) ? count : finish(count));

        protected override void Add(int step, double value) => Result[step] = StaleMarker.IsStale(Result[step]) ? 1 : Result[step] + 1;
    }

    private sealed class Mean(int steps) : ColumnFold(steps)
    {
        private readonly int[] _counts = new int[steps];

        protected override void Add(int step, double value)
        {
            int count = ++_counts[step];
            Result[step] = count == 1 ? value : RunningMean.Next(Result[step], value, count);
        }
    }

    /// <summary>Welford's method, which does not lose the small differences of large values.</summary>
    private sealed class Spread(int steps, Func<double, double> finish) : ColumnFold(steps)
    {
        private readonly int[] _counts = new int[steps];
        private readonly double[] _means = new double[steps];

        public override double[] Finish()
        {
            for (int step = 0; step < Result.Length; step++)
            {
                if (_counts[step] > 0) Result[step] = finish(Result[step] / _counts[step]);
            }

            return Result;
        }

        protected override void Add(int step, double value)
        {
            if (_counts[step]++ == 0)
            {
                Result[step] = 0;
                _means[step] = value;
                return;
            }

            double delta = value - _means[step];
            _means[step] += delta / _counts[step];
            Result[step] += delta * (value - _means[step]);
        }
    }
}
