using System.Globalization;
using Trireme.Contracts.Resources;

namespace Trireme.Dashboard.Charts;

/// <summary>
/// What the gates of a rollout's plan allow the new release, as a line over the time of the rollout. Gates are relative to the serving
/// release, so the line moves with it. The judge compares windows in pairs and asks for evidence; the line shows where it looks.
/// </summary>
internal static class RolloutLimits
{
    /// <summary>At most so many times the serving release's value, or so much above it where that is more.</summary>
    /// <param name="chart">The chart with the serving release's line.</param>
    /// <param name="service">The service.</param>
    /// <param name="ratio">Which gate it is.</param>
    /// <param name="excess">Difference that nobody minds, in the chart's unit.</param>
    public static IEnumerable<ChartLine> ByRatio(
        ChartView chart, ModelService service, Func<RolloutGates, double> ratio, Func<RolloutGates, double> excess) =>
        Limit(
            chart,
            service,
            gates => string.Create(CultureInfo.InvariantCulture, $"{ratio(gates):0.##} × "),
            (gates, value) => Math.Max(value * ratio(gates), value + excess(gates)));

    /// <summary>At most so much above the serving release's value.</summary>
    public static IEnumerable<ChartLine> ByIncrease(ChartView chart, ModelService service, Func<RolloutGates, double> increase) =>
        Limit(
            chart,
            service,
            gates => string.Create(CultureInfo.InvariantCulture, $"{increase(gates):0.##} above "),
            (gates, value) => value + increase(gates));

    private static IEnumerable<ChartLine> Limit(
        ChartView chart, ModelService service, Func<RolloutGates, string> words, Func<RolloutGates, double, double> limit)
    {
        if (chart.Range is not { } range || service.Status?.Rollout is not { Order: not RolloutOrder.Undo } rollout) yield break;
        ChartLine? serving = chart.Lines.FirstOrDefault(line => line.Name == rollout.From.Name);
        if (serving is null) yield break;
        DateTimeOffset end = EndOf(service, rollout) ?? DateTimeOffset.MaxValue;
        double?[] values =
        [
            .. serving.Values.Select((value, i) => value is { } known && range.TimeAt(i) >= rollout.StartedAt && range.TimeAt(i) <= end
                ? limit(rollout.Plan.Gates, known)
                : (double?)null),
        ];
        if (Array.TrueForAll(values, value => value is null)) yield break;
        string name = $"limit of {rollout.To.Name}: {words(rollout.Plan.Gates)}{rollout.From.Name}";
        yield return new ChartLine(name, serving.Tone, values) { LimitOf = rollout.To.Name };
    }

    private static DateTimeOffset? EndOf(ModelService service, RolloutStatus rollout) =>
        (service.Status?.History ?? []).LastOrDefault(record => record.Revision == rollout.Revision && rollout.Revision > 0)?.EndedAt;
}
