using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.Output;

namespace Trireme.Load;

/// <summary>Sums up a run, whole and by release.</summary>
internal sealed class LoadReport(IReadOnlyCollection<LoadSample> samples, int dropped, TimeSpan elapsed)
{
    private static readonly string[] CountHeader = ["RELEASE", "REQUESTS", "OK", "FAILED", "CUT"];
    private static readonly string[] TimeHeader = ["RELEASE", "TIME", "P50", "P95", "P99"];

    private readonly LoadSample[] _samples = [.. samples];

    public bool AllSucceeded => _samples.All(sample => sample.Outcome == LoadOutcome.Succeeded) && dropped == 0;

    public JsonObject ToJson()
    {
        JsonObject json = Summary(_samples);
        json["elapsedSeconds"] = Math.Round(elapsed.TotalSeconds, 1);
        json["dropped"] = dropped;
        json["releases"] =
            new JsonObject(ByRelease().Select(group => KeyValuePair.Create<string, JsonNode?>(group.Key, Summary([.. group]))));
        json["errors"] = new JsonObject(Errors().Select(error => KeyValuePair.Create<string, JsonNode?>(error.Message, error.Count)));
        return json;
    }

    public void Print(TextWriter output)
    {
        (string Name, LoadSample[] Samples)[] groups = [("all", _samples), .. ByRelease().Select(group => (group.Key, group.ToArray()))];
        TablePrinter.Print([CountHeader, .. groups.Select(group => Counts(group.Name, group.Samples))], output);
        output.WriteLine();
        TablePrinter.Print([TimeHeader, .. groups.SelectMany(group => Times(group.Name, group.Samples))], output);
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{_samples.Length / elapsed.TotalSeconds:0.0} requests/s for {elapsed.TotalSeconds:0.#} s"));
        if (dropped > 0)
        {
            output.WriteLine($"{dropped} requests were not sent because too many were open; raise --max-open to send them");
        }

        foreach ((string message, int count) in Errors()) output.WriteLine($"{count} x {message}");
    }

    private static string[] Counts(string name, LoadSample[] samples) =>
    [
        name, Number(samples.Length), Number(Count(samples, LoadOutcome.Succeeded)), Number(Count(samples, LoadOutcome.Failed)),
        Number(Count(samples, LoadOutcome.Cut)),
    ];

    private static IEnumerable<string[]> Times(string name, LoadSample[] samples)
    {
        yield return Quantiles(name, "to the first token", Sorted(samples, sample => sample.TimeToFirstToken));
        yield return Quantiles("", "between tokens", Sorted(samples, sample => sample.InterTokenLatency));
        yield return Quantiles("", "whole answer", Sorted(samples, sample => sample.Duration));
    }

    private static string[] Quantiles(string name, string time, double[] sorted) =>
        [name, time, Milliseconds(sorted, 0.5), Milliseconds(sorted, 0.95), Milliseconds(sorted, 0.99)];

    private static JsonObject Summary(LoadSample[] samples) => new()
    {
        ["requests"] = samples.Length,
        ["succeeded"] = Count(samples, LoadOutcome.Succeeded),
        ["failed"] = Count(samples, LoadOutcome.Failed),
        ["cut"] = Count(samples, LoadOutcome.Cut),
        ["ttftSeconds"] = Quantiles(samples, sample => sample.TimeToFirstToken),
        ["itlSeconds"] = Quantiles(samples, sample => sample.InterTokenLatency),
        ["durationSeconds"] = Quantiles(samples, sample => sample.Duration),
    };

    private static JsonObject Quantiles(LoadSample[] samples, Func<LoadSample, double?> value)
    {
        double[] sorted = Sorted(samples, value);
        return new JsonObject { ["p50"] = At(sorted, 0.5), ["p95"] = At(sorted, 0.95), ["p99"] = At(sorted, 0.99) };
    }

    private IEnumerable<IGrouping<string, LoadSample>> ByRelease() =>
        _samples
            .Where(sample => sample.Release.Length > 0)
            .GroupBy(sample => sample.Release)
            .OrderBy(group => group.Key, StringComparer.Ordinal);

    private IEnumerable<(string Message, int Count)> Errors() =>
        _samples
            .Where(sample => sample.Error is not null)
            .GroupBy(sample => sample.Error!)
            .Select(group => (Message: group.Key, Count: group.Count()))
            .OrderByDescending(error => error.Count);

    private static int Count(LoadSample[] samples, LoadOutcome outcome) => samples.Count(sample => sample.Outcome == outcome);

    private static double[] Sorted(LoadSample[] samples, Func<LoadSample, double?> value) =>
        [.. samples.Where(sample => sample.Outcome == LoadOutcome.Succeeded).Select(value).OfType<double>().Order()];

    /// <summary>Nearest-rank quantile; null where nothing was measured.</summary>
    private static double? At(double[] sorted, double quantile) =>
        sorted.Length == 0 ? null : sorted[Math.Clamp((int)Math.Ceiling(quantile * sorted.Length) - 1, 0, sorted.Length - 1)];

    private static string Milliseconds(double[] sorted, double quantile) =>
        At(sorted, quantile) is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0.0} ms") : "-";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
