namespace Trireme.Telemetry.Queries;

public sealed record QueryError(QueryErrorKind Kind, string Message);

/// <summary>Prometheus' error types.</summary>
public enum QueryErrorKind
{
    /// <summary>The expression or a parameter is malformed.</summary>
    BadData,

    /// <summary>The expression is well formed but cannot be evaluated on the data, or is over a limit.</summary>
    Execution,

    /// <summary>The evaluation took longer than allowed, or waited too long for its turn.</summary>
    Timeout,

    /// <summary>The caller went away.</summary>
    Canceled,

    /// <summary>The engine itself failed.</summary>
    Internal,
}
