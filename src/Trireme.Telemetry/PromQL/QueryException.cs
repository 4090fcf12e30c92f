using Trireme.Telemetry.Queries;

namespace Trireme.Telemetry.PromQL;

/// <summary>
/// What is wrong with a query. It leaves the parser or evaluator from any depth and becomes a <see cref="QueryResult"/> where the
/// query entered the engine; nothing outside sees it.
/// </summary>
internal sealed class QueryException(QueryErrorKind kind, string message) : Exception(message)
{
    public QueryErrorKind Kind { get; } = kind;

    public static QueryException Execution(string message) => new(QueryErrorKind.Execution, message);
}
