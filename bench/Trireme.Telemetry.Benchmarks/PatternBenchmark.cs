using System.Diagnostics;
using System.Globalization;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Benchmarks;

/// <summary>Matchers as dashboards have them, over many values.</summary>
internal static class PatternBenchmark
{
    private const int Values = 100_000;

    private static readonly string[] Patterns =
        [".+", "default/.*", ".*-7f3.*", "(a|b|c)-[0-9]+", "(?i)DEFAULT/.*[0-9]{4}", "\\pL+/\\w+-\\d+"];

    public static void Run(SortedDictionary<string, double> figures)
    {
        string[] values = [.. Enumerable.Range(0, Values).Select(static i => string.Create(
            CultureInfo.InvariantCulture, $"default/service-{i % 977}-replica-{i:x}-{i * 7919L % 10007}"))];
        for (int p = 0; p < Patterns.Length; p++)
        {
            double best = double.MaxValue;
            int matched = 0;
            for (int run = 0; run < 5; run++)
            {
                long started = Stopwatch.GetTimestamp();
                LabelMatcher matcher = LabelMatcher.Create(MatchKind.Regex, "x", Patterns[p]);
                matched = values.Count(matcher.Matches);
                best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"pattern {Patterns[p],-24} {Values:N0} values in {best:0.0} ms, {matched:N0} match"));
            figures[$"pattern_{p}_ms"] = best;
        }
    }
}
