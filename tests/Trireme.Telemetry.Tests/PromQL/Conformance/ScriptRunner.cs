using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.Queries;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Tests.PromQL.Conformance;

/// <summary>
/// Runs a script against a fresh store. Every evaluation that gives a vector runs a second time as the middle step of a range
/// query and has to give the same, as in Prometheus' own runner.
/// </summary>
internal sealed class ScriptRunner : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private HeadStore _store = TestStores.Create();
    private QueryEngine _engine;

    public ScriptRunner() => _engine = TestStores.Engine(_store);

    public int Passed { get; private set; }

    public List<string> Failures { get; } = [];

    public async Task RunAsync(string path, CancellationToken cancellationToken)
    {
        Clear();
        foreach (ScriptCommand command in ScriptReader.Read(path))
        {
            switch (command)
            {
                case ClearCommand:
                    Clear();
                    break;
                case LoadCommand load:
                    Load(load);
                    break;
                case EvalCommand eval:
                    string? difference = await DifferenceAsync(eval, cancellationToken);
                    if (difference is null) Passed++;
                    else Failures.Add($"{Path.GetFileName(path)}:{eval.Line}: {eval.Expression}: {difference}");
                    break;
            }
        }
    }

    public void Dispose() => _engine.Dispose();

    private void Clear()
    {
        _engine.Dispose();
        _store = TestStores.Create();
        _engine = TestStores.Engine(_store);
    }

    private void Load(LoadCommand load)
    {
        // A series that a block names twice has the values of the last line.
        foreach (ScriptSeries series in load.Series.GroupBy(static series => series.Labels, static (_, lines) => lines.Last()))
        {
            for (int i = 0; i < series.Values.Count; i++)
            {
                if (series.Values[i] is { } value) _store.Append(series.Labels, i * load.IntervalMs, value);
            }
        }
    }

    private async Task<string?> DifferenceAsync(EvalCommand eval, CancellationToken cancellationToken)
    {
        DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(eval.AtMs);
        QueryResult instant = await _engine.QueryAsync(eval.Expression, at, cancellationToken);
        if (eval.MustFail) return instant.Succeeded ? "should fail but does not" : null;
        if (!instant.Succeeded) return instant.Error.Message;
        if (Difference(eval, instant.Value) is { } difference) return difference;
        if (instant.Value is not VectorValue || eval.Ordered) return null;
        QueryResult range = await _engine.QueryRangeAsync(eval.Expression, at - Minute, at + Minute, Minute, cancellationToken);
        if (!range.Succeeded) return "as a range query: " + range.Error.Message;
        string? rangeDifference = Difference(eval, Middle((MatrixValue)range.Value, eval.AtMs));
        return rangeDifference is null ? null : "as a range query: " + rangeDifference;
    }

    private static VectorValue Middle(MatrixValue matrix, long atMs) =>
        new([
            .. matrix.Series
                .SelectMany(static series => series.Samples.Select(sample => new VectorSample(series.Labels, sample)))
                .Where(element => element.Sample.TimestampMs == atMs),
        ]);

    private static string? Difference(EvalCommand eval, QueryValue value)
    {
        switch (value)
        {
            case ScalarValue scalar:
                return eval.Scalar is { } expected && AlmostEqual(expected, scalar.Sample.Value)
                    ? null
                    : $"got the scalar {scalar.Sample.Value}, not {eval.Scalar}";
            case VectorValue vector:
                return VectorDifference(eval, vector.Samples);
            default:
                return "got a " + value.GetType().Name;
        }
    }

    private static string? VectorDifference(EvalCommand eval, IReadOnlyList<VectorSample> samples)
    {
        string Got() => "got " + string.Join(" ", samples.Select(static sample => $"{sample.Labels} {sample.Sample.Value};"));
        if (samples.Count != eval.Expected.Count) return $"expected {eval.Expected.Count} elements; {Got()}";
        for (int i = 0; i < eval.Expected.Count; i++)
        {
            ScriptSeries expected = eval.Expected[i];
            VectorSample? found = eval.Ordered
                ? samples[i]
                : samples.FirstOrDefault(sample => sample.Labels.Equals(expected.Labels));
            if (found is null || !found.Labels.Equals(expected.Labels)) return $"expected {expected.Labels} at {i}; {Got()}";
            double value = expected.Values[0]!.Value;
            if (!AlmostEqual(value, found.Sample.Value)) return $"expected {expected.Labels} {value}; {Got()}";
        }

        return null;
    }

    private static bool AlmostEqual(double expected, double actual)
    {
        const double RelativeTolerance = 1e-6;
        if (expected.Equals(actual)) return true;
        double difference = Math.Abs(expected - actual);
        if (expected == 0 || actual == 0) return difference < double.Epsilon;
        return difference / (Math.Abs(expected) + Math.Abs(actual)) < RelativeTolerance;
    }
}
