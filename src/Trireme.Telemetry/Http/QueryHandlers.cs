using Microsoft.AspNetCore.Http;
using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.Queries;

namespace Trireme.Telemetry.Http;

/// <summary>Instant and range queries.</summary>
internal sealed class QueryHandlers(IQueryEngine engine, TimeProvider time)
{
    /// <summary>Prometheus' bound on the points of one series, enough for a minute's resolution over a week.</summary>
    private const long MaxPoints = 11_000;

    public async Task QueryAsync(HttpContext context, ApiParameters parameters)
    {
        DateTimeOffset at = parameters.Time("time", time.GetUtcNow());
        await AnswerAsync(context, parameters, token => engine.QueryAsync(parameters.Text("query"), at, token));
    }

    public async Task QueryRangeAsync(HttpContext context, ApiParameters parameters)
    {
        DateTimeOffset start = parameters.Time("start");
        DateTimeOffset end = parameters.Time("end");
        if (end < start) throw ApiParameters.Invalid("end", "end timestamp must not be before start time");
        TimeSpan step = parameters.Duration("step");
        if (step <= TimeSpan.Zero)
        {
            throw ApiParameters.Invalid("step", "zero or negative query resolution step widths are not accepted. Try a positive integer");
        }

        if ((end - start) / step > MaxPoints)
        {
            throw new QueryException(
                QueryErrorKind.BadData,
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)");
        }

        await AnswerAsync(context, parameters, token => engine.QueryRangeAsync(parameters.Text("query"), start, end, step, token));
    }

    /// <summary>Runs a query within the timeout the request asks for; the engine's own bound holds as well.</summary>
    private async Task AnswerAsync(HttpContext context, ApiParameters parameters, Func<CancellationToken, Task<QueryResult>> run)
    {
        using var timeout = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        if (parameters.Has("timeout")) await CancelAfterAsync(timeout, parameters.Duration("timeout"));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, timeout.Token);
        QueryResult result = await run(either.Token);
        if (result.Succeeded) await ApiResponse.WriteAsync(context, result.Value, result.Warnings);
        else await ApiResponse.WriteErrorAsync(context, Reported(result.Error, timeout.IsCancellationRequested));
    }

    private static QueryError Reported(QueryError error, bool timedOut) => error.Kind switch
    {
        QueryErrorKind.Canceled when timedOut => new QueryError(QueryErrorKind.Timeout, "query timed out in expression evaluation"),
        QueryErrorKind.BadData => error with { Message = "invalid parameter \"query\": " + error.Message },
        _ => error,
    };

    private static async Task CancelAfterAsync(CancellationTokenSource source, TimeSpan timeout)
    {
        // A timer that is due now would still leave a short query the time to finish.
        if (timeout <= TimeSpan.Zero) await source.CancelAsync();
        else source.CancelAfter(TimeSpan.FromMilliseconds(Math.Min(timeout.TotalMilliseconds, int.MaxValue)));
    }
}
