namespace Trireme.Telemetry.Queries;

/// <summary>
/// Answers PromQL. Whatever is wrong with a query comes back in the result; only a bug throws. A range query evaluates the
/// expression at start, start + step and so on up to end, both ends included.
/// </summary>
public interface IQueryEngine
{
    Task<QueryResult> QueryAsync(string expression, DateTimeOffset at, CancellationToken cancellationToken);

    Task<QueryResult> QueryRangeAsync(
        string expression,
        DateTimeOffset start,
        DateTimeOffset end,
        TimeSpan step,
        CancellationToken cancellationToken);
}
