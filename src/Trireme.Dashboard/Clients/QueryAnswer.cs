using System.Text.Json;

namespace Trireme.Dashboard.Clients;

/// <summary>What Prometheus' query API answers.</summary>
internal sealed record QueryAnswer
{
    public string? Status { get; init; }

    /// <summary>Why a query failed, in the server's words.</summary>
    public string? Error { get; init; }

    public QueryData? Data { get; init; }
}

internal sealed record QueryData
{
    public IReadOnlyList<QueryResult> Result { get; init; } = [];
}

/// <summary>One label set: with a value for a moment, with values for a range. A point is a time and a number written as text.</summary>
internal sealed record QueryResult
{
    public Dictionary<string, string> Metric { get; init; } = [];

    public JsonElement[]? Value { get; init; }

    public IReadOnlyList<JsonElement[]>? Values { get; init; }
}
