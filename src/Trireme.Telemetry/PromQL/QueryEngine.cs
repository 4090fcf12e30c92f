using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Evaluation;
using Trireme.Telemetry.PromQL.Syntax;
using Trireme.Telemetry.Queries;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.PromQL;

/// <summary>
/// Prometheus' query language over stored series. Semantics are those of Prometheus 2.42, with ranges and lookback closed at both ends.
/// Native histograms are left out, with a warning.
/// </summary>
internal sealed class QueryEngine : IQueryEngine, IDisposable
{
    /// <summary>Resolution of subqueries that name none; Prometheus' default evaluation interval.</summary>
    public static readonly TimeSpan DefaultResolution = TimeSpan.FromMinutes(1);

    private const int MaxExpressionLength = 64 * 1024;

    private readonly ISeriesReader _reader;
    private readonly TelemetryOptions _options;
    private readonly TimeProvider _time;
    private readonly QueryMetrics _metrics;
    private readonly SemaphoreSlim _turns;

    public QueryEngine(ISeriesReader reader, TelemetryOptions options, TimeProvider time, QueryMetrics metrics)
    {
        _reader = reader;
        _options = options;
        _time = time;
        _metrics = metrics;
        _turns = new SemaphoreSlim(options.MaxConcurrentQueries);
    }

    public Task<QueryResult> QueryAsync(string expression, DateTimeOffset at, CancellationToken cancellationToken) =>
        RunAsync(expression, StepRange.Single(at.ToUnixTimeMilliseconds()), instant: true, cancellationToken);

    public Task<QueryResult> QueryRangeAsync(
        string expression,
        DateTimeOffset start,
        DateTimeOffset end,
        TimeSpan step,
        CancellationToken cancellationToken)
    {
        var steps = new StepRange(start.ToUnixTimeMilliseconds(), end.ToUnixTimeMilliseconds(), (long)step.TotalMilliseconds);
        if (steps.StepMs <= 0)
        {
            return Task.FromResult(QueryResult.Failed(QueryErrorKind.BadData, "the step must be at least one millisecond"));
        }

        return steps.EndMs < steps.StartMs
            ? Task.FromResult(QueryResult.Failed(QueryErrorKind.BadData, "end timestamp must not be before start time"))
            : RunAsync(expression, steps, instant: false, cancellationToken);
    }

    public void Dispose() => _turns.Dispose();

    private async Task<QueryResult> RunAsync(string expression, StepRange steps, bool instant, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        using var timeout = new CancellationTokenSource(_options.QueryTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        QueryResult result;
        try
        {
            await _turns.WaitAsync(either.Token);
            try
            {
                // An evaluation can keep a core busy for seconds, which a caller's thread must not be held for.
                result = await Task.Run(() => Evaluate(expression, steps, instant, either.Token), either.Token);
            }
            finally
            {
                _turns.Release();
            }
        }
        catch (QueryException exception)
        {
            result = QueryResult.Failed(exception.Kind, exception.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            result = QueryResult.Failed(QueryErrorKind.Canceled, "query was canceled");
        }
        catch (OperationCanceledException)
        {
            result = QueryResult.Failed(
                QueryErrorKind.Timeout,
                $"query timed out after {_options.QueryTimeout.TotalSeconds:0.###} s: "
                + "narrow the selectors, the range or the number of steps");
        }

        _metrics.Finished(result.Error?.Kind, _time.GetElapsedTime(started));
        return result;
    }

    private QueryResult Evaluate(string expression, StepRange steps, bool instant, CancellationToken cancellationToken)
    {
        if (expression.Length > MaxExpressionLength)
        {
            return QueryResult.Failed(QueryErrorKind.BadData, $"the expression is longer than {MaxExpressionLength} characters");
        }

        Expression parsed = Parser.Parse(expression);
        if (!instant && parsed.Kind is not (ValueKind.Scalar or ValueKind.Vector))
        {
            return QueryResult.Failed(
                QueryErrorKind.BadData,
                $"invalid expression type {TextQuoting.Quote(parsed.Kind.Documented())} for range query, must be Scalar or instant Vector");
        }

        var budget = new QueryBudget(_options.MaxQuerySamples, cancellationToken);
        budget.Charge(steps.LongCount);
        var annotations = new Annotations();
        var evaluator = new Evaluator(_reader, _options.LookbackDelta, steps, budget, annotations);
        QueryValue value = instant ? ResultShape.Instant(evaluator, parsed, steps) : ResultShape.Range(evaluator, parsed, steps);
        return QueryResult.Of(value, annotations.Warnings);
    }
}
