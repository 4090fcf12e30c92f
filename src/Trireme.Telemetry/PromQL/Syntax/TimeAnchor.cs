namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>The time after <c>@</c>: a fixed one, or where the query starts or ends.</summary>
internal abstract record TimeAnchor
{
    public sealed record Fixed(long TimestampMs) : TimeAnchor;

    public sealed record QueryStart : TimeAnchor;

    public sealed record QueryEnd : TimeAnchor;
}
