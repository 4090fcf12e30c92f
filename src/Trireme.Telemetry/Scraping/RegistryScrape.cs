namespace Trireme.Telemetry.Scraping;

/// <summary>Reads metrics of this process. A gauge may run code that hangs; then no further read starts until it returns.</summary>
internal sealed class RegistryScrape(RegistrySeries series) : IScrape
{
    private Task _collecting = Task.CompletedTask;

    public async Task<ScrapeOutcome> ReadAsync(long timestampMs, CancellationToken cancellationToken)
    {
        if (!_collecting.IsCompleted)
        {
            await _collecting.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        _collecting = Task.Run(series.Collect, CancellationToken.None);
        await _collecting.WaitAsync(cancellationToken);
        return series.Ingest(timestampMs);
    }

    public void End(long timestampMs) => series.End(timestampMs);

    public void Dispose() => series.Dispose();
}
