using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Charts;

/// <summary>What a chart asks the metrics for.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Unit">Unit of the vertical axis.</param>
/// <param name="Scale">Turns the metric's unit into that one.</param>
/// <param name="Missing">What no value means: 0 for a rate, null for a latency that nobody measured.</param>
/// <param name="Lines">Expressions by the name of their line; where the name is null, there is one line for each release.</param>
internal sealed record ChartQuery(
    string Title, string Unit, double Scale, double? Missing, IReadOnlyList<(string? Name, string Expression)> Lines)
{
    /// <summary>Asks for all lines; a chart of which a part cannot be read says so.</summary>
    public async Task<ChartAnswer> ReadAsync(
        TelemetryClient telemetry, PageRequests requests, TimeRange range, CancellationToken cancellationToken)
    {
        IReadOnlyList<MetricRange>[] read = await Task.WhenAll(Lines.Select(line => requests.ReadAsync<IReadOnlyList<MetricRange>>(
            Title, [], token => telemetry.QueryRangeAsync(line.Expression, range, token), cancellationToken)));
        return new ChartAnswer(
            this,
            range,
            [.. read.SelectMany((values, i) => values.Select(line => (Lines[i].Name ?? line.Label("release"), line)))],
            requests.Problems.GetValueOrDefault(Title));
    }
}

/// <summary>What the metrics answered.</summary>
internal sealed record ChartAnswer(
    ChartQuery Query, TimeRange Range, IReadOnlyList<(string Name, MetricRange Values)> Lines, string? Problem);
