namespace Trireme.Telemetry.Queries;

/// <summary>How Prometheus' API spells the kinds of errors.</summary>
internal static class ErrorTypes
{
    public static string Name(QueryErrorKind kind) => kind switch
    {
        QueryErrorKind.BadData => "bad_data",
        QueryErrorKind.Execution => "execution",
        QueryErrorKind.Timeout => "timeout",
        QueryErrorKind.Canceled => "canceled",
        _ => "internal",
    };
}
