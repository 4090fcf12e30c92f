using System.Diagnostics.CodeAnalysis;

namespace Trireme.Telemetry.Queries;

/// <summary>Either the value of a query or what is wrong with it.</summary>
public sealed class QueryResult
{
    private QueryResult(QueryValue? value, QueryError? error)
    {
        Value = value;
        Error = error;
    }

    public QueryValue? Value { get; }

    public QueryError? Error { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Value is not null;

    public static QueryResult Of(QueryValue value) => new(value, error: null);

    public static QueryResult Failed(QueryErrorKind kind, string message) => new(value: null, new QueryError(kind, message));
}
