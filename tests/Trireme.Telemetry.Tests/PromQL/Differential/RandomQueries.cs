using System.Globalization;

namespace Trireme.Telemetry.Tests.PromQL.Differential;

/// <summary>
/// Random queries over the metrics c (counters), g (gauges) and h_bucket (histograms). Left out is what has no one
/// answer: comparisons and counts of results that may differ in the last bit, dates of NaN, which differ by processor, and
/// predict_linear over an anchored range, whose anchor Prometheus moves with the steps of a range query.
/// </summary>
internal sealed class RandomQueries(Random random)
{
    private static readonly string[] Labels = ["job", "instance", "group"];

    private static readonly string[] SampleFunctions =
        ["abs", "ceil", "floor", "sqrt", "exp", "ln", "log2", "log10", "sgn", "sin", "cosh", "atan", "deg", "round"];

    public string Next() => random.Next(12) == 0 ? Scalar(2) : Vector(random.Next(1, 4));

    private string Vector(int depth)
    {
        if (depth == 0) return Selector() + Modifier();
        return random.Next(20) switch
        {
            0 or 1 => Aggregation(depth),
            2 => $"{Pick("topk", "bottomk")}{Grouping()}({random.Next(4)}, {Selector()})",
            3 => $"quantile{Grouping()}({Number()}, {Vector(depth - 1)})",
            4 => $"count_values{Grouping()}(\"value\", {Pick("", "floor", "round")}({Selector()}))",
            5 => $"{Pick(SampleFunctions)}({Vector(depth - 1)})",
            6 => $"{Pick("clamp_min", "clamp_max", "round")}({Vector(depth - 1)}, {Scalar(1)})",
            7 => $"clamp({Vector(depth - 1)}, {Number()}, {Number()})",
            8 or 9 => RangeCall(depth),
            10 => $"{Vector(depth - 1)} {Pick("+", "-", "*", "/", "%", "^", "atan2")} {Scalar(1)}",
            11 => $"{Scalar(1)} {Pick("+", "-", "*", "/")} {Vector(depth - 1)}",
            12 => $"{Selector()} {Comparison()} {Number()}",
            13 => $"{Vector(depth - 1)} {Pick("and", "or", "unless")}{SetMatching()} {Vector(depth - 1)}",
            14 => $"{Vector(depth - 1)} {Pick("+", "-", "*", "/")}{Matching()} {Vector(depth - 1)}",
            15 => $"-({Vector(depth - 1)})",
            16 => $"histogram_quantile({Number()}, {Pick("", "sum by (le, job) ")}(rate(h_bucket{Braces()}[{Duration()}])))",
            17 => LabelCall(depth),
            18 => $"{Pick("minute", "day_of_week", "days_in_month")}(timestamp({Vector(depth - 1)}))",
            _ => $"{Pick("absent", "timestamp", "sort", "sort_desc")}({Vector(depth - 1)})",
        };
    }

    private string Aggregation(int depth)
    {
        string operation = Pick("sum", "avg", "min", "max", "count", "group", "stddev", "stdvar");
        return random.Next(2) == 0 ? $"{operation}{Grouping()} ({Vector(depth - 1)})" : $"{operation}({Vector(depth - 1)}){Grouping()}";
    }

    private string RangeCall(int depth)
    {
        string range = random.Next(3) == 0
            ? $"({Vector(depth - 1)})[{Duration()}:{Pick("", "15s", "7s", "1m")}]{Modifier()}"
            : $"{Selector()}[{Duration()}]{Modifier()}";
        return random.Next(8) switch
        {
            0 => $"quantile_over_time({Number()}, {range})",
            1 => $"predict_linear({Selector()}[{Duration()}], {random.Next(600)})",
            2 => $"holt_winters({range}, 0.3, 0.6)",
            3 => $"absent_over_time({range})",
            4 or 5 => $"{Pick("rate", "increase", "delta", "irate", "idelta", "deriv", "changes", "resets")}({range})",
            _ => $"{Pick("avg", "min", "max", "sum", "count", "stddev", "stdvar", "last", "present")}_over_time({range})",
        };
    }

    private string LabelCall(int depth)
    {
        if (random.Next(2) == 0) return $"label_join({Vector(depth - 1)}, \"{Pick("new", "job")}\", \"-\", \"job\", \"{Pick(Labels)}\")";
        string template = Pick("$1", "x-$1", "${1}y", "", "$0");
        string pattern = Pick("(.*)", "(a)", "[a-c](.*)", "");
        return $"label_replace({Vector(depth - 1)}, \"{Pick("new", "job", "group")}\", \"{template}\", \"{Pick(Labels)}\", \"{pattern}\")";
    }

    private string Scalar(int depth) => random.Next(depth > 0 ? 6 : 2) switch
    {
        2 => $"scalar({Selector()})",
        3 => $"({Scalar(depth - 1)} {Pick("+", "-", "*", "/", "%", "^")} {Scalar(depth - 1)})",
        4 => $"({Scalar(depth - 1)} {Comparison()} bool {Scalar(depth - 1)})".Replace("bool bool", "bool", StringComparison.Ordinal),
        5 => Pick("time()", "pi()", "-1", "+Inf", "NaN"),
        _ => Number(),
    };

    private string Comparison() => Pick("==", "!=", "<", "<=", ">", ">=") + Pick("", " bool");

    private string Selector() => Pick("c", "g", "g", "h_bucket") + Braces();

    private string Braces() => random.Next(6) switch
    {
        0 => "{job=\"a\"}",
        1 => "{instance=~\"[01]\"}",
        2 => "{group!=\"x\"}",
        3 => "{job!~\"b|c\", instance=~\".+\"}",
        _ => "",
    };

    private string Modifier() => random.Next(8) switch
    {
        0 => " offset " + Duration(),
        1 => " offset -" + Duration(),
        2 => " @ end()",
        3 => string.Create(CultureInfo.InvariantCulture, $" @ {History.StartSeconds + random.Next(1800)}"),
        _ => "",
    };

    private string Grouping() => random.Next(4) switch
    {
        0 => $" by ({Pick(Labels)}) ",
        1 => $" without ({Pick(Labels)}) ",
        2 => " by (job, group) ",
        _ => " ",
    };

    private string SetMatching() => random.Next(3) switch
    {
        0 => $" on ({Pick(Labels)})",
        1 => $" ignoring ({Pick(Labels)})",
        _ => "",
    };

    private string Matching() => random.Next(4) switch
    {
        0 => " on (job, instance, group)",
        1 => $" ignoring ({Pick(Labels)}) {Pick("group_left", "group_right")}",
        2 => $" on (job, instance) {Pick("group_left", "group_right")} (group)",
        _ => "",
    };

    private string Number() => Pick("0", "1", "0.5", "0.9", "2", "10", "-1", "100");

    private string Duration() => Pick("15s", "30s", "1m", "2m30s", "5m", "10m");

    private string Pick(params ReadOnlySpan<string> options) => options[random.Next(options.Length)];
}
