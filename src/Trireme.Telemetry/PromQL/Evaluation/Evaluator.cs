using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Functions;
using Trireme.Telemetry.PromQL.Syntax;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>
/// Evaluates a checked expression at all steps at once, node by node: each selector reads its series once however many steps there
/// are, and operators work on columns of values. An instant query is the case of one step.
/// </summary>
internal sealed class Evaluator
{
    private readonly SelectorReader _selectors;
    private readonly StepRange _query;

    public Evaluator(ISeriesReader reader, TimeSpan lookback, StepRange query, QueryBudget budget, Annotations annotations)
    {
        Budget = budget;
        _query = query;
        _selectors = new SelectorReader(reader, (long)lookback.TotalMilliseconds, budget, annotations);
    }

    public QueryBudget Budget { get; }

    /// <summary>A value per step of an expression of type scalar.</summary>
    public double[] Scalar(Expression expression, StepRange steps)
    {
        Budget.Charge(steps.LongCount);
        switch (expression)
        {
            case NumberLiteral number:
                var same = new double[steps.Count];
                Array.Fill(same, number.Value);
                return same;
            case Parenthesized wrapped:
                return Scalar(wrapped.Inner, steps);
            case Negation negation:
                return Array.ConvertAll(Scalar(negation.Operand, steps), static value => -value);
            case Binary binary:
                return ScalarOperation.Apply(binary, Scalar(binary.Left, steps), Scalar(binary.Right, steps));
            case Call { Function: ScalarFunction function } call:
                return function.Apply(this, call, steps);
            default:
                throw new InvalidOperationException($"{expression.GetType().Name} is not a scalar.");
        }
    }

    /// <summary>The elements of an expression of type instant vector; elements that are absent at every step are left out.</summary>
    public List<StepSeries> Vector(Expression expression, StepRange steps)
    {
        Budget.CheckTime();
        if (steps.Count > 1 && expression.IsStepInvariant) return Repeat(Vector(expression, StepRange.Single(steps.StartMs)), steps);
        List<StepSeries> result = expression switch
        {
            Parenthesized wrapped => Vector(wrapped.Inner, steps),
            VectorSelector selector => _selectors.Read(selector, Times(selector, steps), timestamps: false),
            Negation negation => Negate(Vector(negation.Operand, steps)),
            Binary binary => Combine(binary, steps),
            Aggregation aggregation => Aggregator.Evaluate(this, aggregation, steps),
            Call { Function: SampleFunction function } call => function.Evaluate(this, call, steps),
            Call { Function: RangeFunction function } call => function.Evaluate(this, call, steps),
            Call { Function: VectorFunction function } call => function.Apply(this, call, steps),
            _ => throw new InvalidOperationException($"{expression.GetType().Name} is not an instant vector."),
        };
        result.RemoveAll(static series => series.IsAbsent);
        return result;
    }

    /// <summary>The samples an expression of type range vector covers, with the window of each step.</summary>
    public RangeInput Range(Expression expression, StepRange steps)
    {
        switch (expression.Unwrapped)
        {
            case MatrixSelector matrix:
                ReferenceTimes times = Times(matrix.Selector, steps);
                return new RangeInput(_selectors.ReadRange(matrix, times), matrix.RangeMs, times);
            case Subquery subquery:
                var subqueryTimes = new ReferenceTimes(steps, Anchor(subquery.At), subquery.OffsetMs ?? 0);
                return new RangeInput(ReadSubquery(subquery, subqueryTimes), subquery.RangeMs, subqueryTimes);
            default:
                throw new InvalidOperationException($"{expression.GetType().Name} is not a range vector.");
        }
    }

    /// <summary>The times in seconds of the samples a selector finds, in place of their values.</summary>
    public List<StepSeries> Timestamps(VectorSelector selector, StepRange steps) =>
        _selectors.Read(selector, Times(selector, steps), timestamps: true);

    public static string Text(Expression expression) => ((StringLiteral)expression.Unwrapped).Text;

    private List<StepSeries> Combine(Binary binary, StepRange steps)
    {
        if (binary.Left.Kind == ValueKind.Scalar)
        {
            return ScalarOperation.Apply(binary, Vector(binary.Right, steps), Scalar(binary.Left, steps), vectorOnLeft: false);
        }

        if (binary.Right.Kind == ValueKind.Scalar)
        {
            return ScalarOperation.Apply(binary, Vector(binary.Left, steps), Scalar(binary.Right, steps), vectorOnLeft: true);
        }

        List<StepSeries> left = Vector(binary.Left, steps);
        List<StepSeries> right = Vector(binary.Right, steps);
        return binary.Operator.IsSet
            ? SetOperation.Apply(binary, left, right, steps)
            : new VectorOperation(binary, steps, Budget).Apply(left, right);
    }

    private IEnumerable<RangeSeries> ReadSubquery(Subquery subquery, ReferenceTimes times)
    {
        long resolution = subquery.ResolutionMs ?? (long)QueryEngine.DefaultResolution.TotalMilliseconds;
        long earliest = times.First - subquery.RangeMs;
        long aligned = resolution * (earliest / resolution);
        if (aligned < earliest) aligned += resolution;
        var inner = new StepRange(aligned, times.Last, resolution);
        if (inner.LongCount == 0) yield break;
        Budget.Charge(inner.LongCount);
        var samples = new SampleBuffer();
        foreach (StepSeries series in Vector(subquery.Inner, inner))
        {
            samples.Clear();
            for (int step = 0; step < series.Values.Length; step++)
            {
                if (!StaleMarker.IsStale(series.Values[step])) samples.Add(inner.At(step), series.Values[step]);
            }

            yield return new RangeSeries(series.Labels, samples);
        }
    }

    private static List<StepSeries> Negate(List<StepSeries> operand)
    {
        var negated = new List<StepSeries>(operand.Count);
        foreach (StepSeries series in operand)
        {
            double[] values = Array.ConvertAll(series.Values, static value => StaleMarker.IsStale(value) ? value : -value);
            negated.Add(new StepSeries(series.Labels.WithoutName(), values));
        }

        return SameLabels.FailOnAny(negated);
    }

    private List<StepSeries> Repeat(List<StepSeries> once, StepRange steps)
    {
        Budget.Charge(once.Count * steps.LongCount);
        var repeated = new List<StepSeries>(once.Count);
        foreach (StepSeries series in once)
        {
            var values = new double[steps.Count];
            Array.Fill(values, series.Values[0]);
            repeated.Add(series with { Values = values });
        }

        return repeated;
    }

    private ReferenceTimes Times(VectorSelector selector, StepRange steps) => new(steps, Anchor(selector.At), selector.OffsetMs ?? 0);

    private long? Anchor(TimeAnchor? anchor) => anchor switch
    {
        null => null,
        TimeAnchor.Fixed at => at.TimestampMs,
        TimeAnchor.QueryStart => _query.StartMs,
        _ => _query.EndMs,
    };
}
