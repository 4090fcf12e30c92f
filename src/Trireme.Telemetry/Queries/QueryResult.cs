using System.Diagnostics.CodeAnalysis;

namespace Trireme.Telemetry.Queries;

/// <summary>Either the value of a query or what is wrong with it.</summary>
public sealed class QueryResult
{
    private QueryResult(QueryValue? value, QueryError? error, IReadOnlyList<string> warnings)
    {
        Warnings = warnings;
        Value = value;
        Error = error;
    }

    public QueryValue? Value { get; }

    public QueryError? Error { get; }

    /// <summary>What the value does not cover; empty when the query did all it says.</summary>
    public IReadOnlyList<string> Warnings { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Value is not null;

    public static QueryResult Of(QueryValue value, IReadOnlyList<string> warnings) => new(value, error: null, warnings);

    public static QueryResult Failed(QueryErrorKind kind, string message) => new(value: null, new QueryError(kind, message), []);
}
