namespace Trireme.Telemetry.Scraping;

/// <summary>
/// Bounds the memory of answers that are being read. Every scrape has enough for an ordinary answer without asking, so that no number of
/// large or slow answers keeps an ordinary one out.
/// </summary>
internal sealed class ScrapeMemory(long maxBytes)
{
    /// <summary>Bytes of an answer that need no permission: about five times the page of a worker.</summary>
    public const int FreeBytes = 256 * 1024;

    private long _taken;

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= maxBytes) return true;
        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
