using Microsoft.AspNetCore.Components;
using Trireme.Dashboard.Charts;
using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Components;

/// <summary>A live page with charts. They are read again when a step of their time has passed, not with every look at the fleet.</summary>
public abstract class ChartPage : LivePage
{
    private ChartRequest? _shown;
    private ChartRequest? _reading;
    private bool _isIncomplete;
    private ChartSpan _span;

    [Inject]
    private TelemetryClient Telemetry { get; set; } = null!;

    [Inject]
    private DashboardOptions Options { get; set; } = null!;

    /// <summary>The charts as they were last read; empty before.</summary>
    private protected IReadOnlyList<ChartAnswer> Answers { get; private set; } = [];

    private protected ChartSpan Span => _span;

    /// <summary>The time that the charts show; null before they were read.</summary>
    private protected TimeRange? Shown => Answers.Count > 0 ? Answers[0].Range : null;

    /// <summary>What the charts are about; those of something else are never shown.</summary>
    private protected abstract string Subject { get; }

    /// <summary>False while there is nothing to draw.</summary>
    private protected abstract bool HasCharts { get; }

    private protected abstract IReadOnlyList<ChartQuery> Queries(int stepSeconds);

    private protected Task ShowSpanAsync(ChartSpan span)
    {
        _span = span;
        return ReadChartsAsync();
    }

    protected override Task OnParametersSetAsync()
    {
        // The page stays while the browser goes from one service to another, but the other's lines must not.
        if (_shown is not null && _shown.Subject != Subject)
        {
            _shown = null;
            Answers = [];
        }

        return ReadChartsAsync();
    }

    protected override Task OnSnapshotAsync() => ReadChartsAsync();

    private async Task ReadChartsAsync()
    {
        if (!Snapshot.Loaded || !HasCharts) return;
        DateTimeOffset now = Snapshot.At;
        var wanted = new ChartRequest(Subject, _span, ChartSpans.RangeOf(_span, now, oldest: null).EndSeconds);

        // A server slower than the polls is asked again only after it has answered.
        if (wanted == _reading || (wanted == _shown && !_isIncomplete)) return;
        if (_reading is { } under && under.Subject == Subject && under.Span == _span) return;
        _reading = wanted;
        using var requests = new PageRequests(Options);
        try
        {
            DateTimeOffset? oldest = await requests.ReadAsync<DateTimeOffset?>("", null, Telemetry.OldestAsync, Left);
            TimeRange range = ChartSpans.RangeOf(_span, now, oldest);
            ChartAnswer[] answers =
                await Task.WhenAll(Queries(range.StepSeconds).Select(query => query.ReadAsync(Telemetry, requests, range, Left)));
            if (Subject != wanted.Subject || _span != wanted.Span) return;
            Answers = answers;
            _shown = wanted;

            // A server that does not say how far back it goes is asked again with the next step.
            _isIncomplete = requests.Problems.Keys.Any(static panel => panel.Length > 0);
        }
        catch (OperationCanceledException) when (Left.IsCancellationRequested)
        {
            // Nobody looks any more.
        }
        finally
        {
            if (_reading == wanted) _reading = null;
        }
    }

    private sealed record ChartRequest(string Subject, ChartSpan Span, long EndSeconds);
}
