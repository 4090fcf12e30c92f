using System.Collections.Frozen;

namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>The words of PromQL, in any case.</summary>
internal static class Keywords
{
    private static readonly FrozenSet<string> Aggregations = FrozenSet.Create(
        StringComparer.Ordinal,
        "sum", "avg", "count", "min", "max", "group", "stddev", "stdvar", "topk", "bottomk", "count_values", "quantile");

    private static readonly FrozenSet<string> Others = FrozenSet.Create(
        StringComparer.Ordinal, "offset", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "atan2", "start", "end");

    /// <summary>Words that cannot name a metric; the others can where the grammar leaves no doubt.</summary>
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.Ordinal, "on", "ignoring", "group_left", "group_right", "atan2");

    public static bool IsKeyword(string word) => IsAggregation(word) || IsSetOperator(word) || Others.Contains(word);

    public static bool IsAggregation(string word) => Aggregations.Contains(word);

    public static bool IsSetOperator(string word) => word is "and" or "or" or "unless";

    public static bool CanNameMetric(string word) => !Reserved.Contains(word);
}
