using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>
/// Accounts what each source has in the store, and says who gives when room is needed: the kind of source that has more than the half it
/// has for certain, and of that kind the source that has most. Touched under the store's lock only, but for <see cref="Bytes"/>.
/// </summary>
internal sealed class ShareBook(long maxBytes, int maxSeries)
{
    private readonly Dictionary<(LabelSet Source, SourceKind Kind), SourceShare> _shares = [];
    private readonly long[] _bytesByKind = new long[2];
    private readonly int[] _seriesByKind = new int[2];
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    public int Series => _seriesByKind[0] + _seriesByKind[1];

    public IReadOnlyCollection<SourceShare> Shares => _shares.Values;

    public SourceShare Open(LabelSet source, SourceKind kind)
    {
        if (!_shares.TryGetValue((source, kind), out SourceShare? share))
        {
            _shares.Add((source, kind), share = new SourceShare(source, kind));
        }

        share.Appenders++;
        return share;
    }

    public void Close(SourceShare share)
    {
        share.Appenders--;
        DropIfUnused(share);
    }

    public void AddBytes(SourceShare share, long bytes)
    {
        share.Bytes += bytes;
        _bytesByKind[(int)share.Kind] += bytes;
        Interlocked.Add(ref _bytes, bytes);
    }

    public void AddSeries(MemorySeries series)
    {
        series.Share.Series++;
        _seriesByKind[(int)series.Share.Kind]++;
        AddBytes(series.Share, MemorySeries.OverheadOf(series.Labels));
    }

    public void RemoveSeries(MemorySeries series)
    {
        series.Share.Series--;
        _seriesByKind[(int)series.Share.Kind]--;
        AddBytes(series.Share, -MemorySeries.OverheadOf(series.Labels));
        DropIfUnused(series.Share);
    }

    /// <summary>The source that gives memory, or null for none.</summary>
    public SourceShare? MostBytes()
    {
        SourceKind giving = Giving(_bytesByKind[(int)SourceKind.Platform], _bytesByKind[(int)SourceKind.Target], maxBytes);
        SourceShare? most = null;
        foreach (SourceShare share in _shares.Values)
        {
            if (share.Kind == giving && share.Bytes > (most?.Bytes ?? 0)) most = share;
        }

        return most;
    }

    /// <summary>The source that gives a series, or null for none; one with series that have ended before one without.</summary>
    public SourceShare? MostSeries()
    {
        SourceKind giving = Giving(_seriesByKind[(int)SourceKind.Platform], _seriesByKind[(int)SourceKind.Target], maxSeries);
        SourceShare? most = null;
        (bool Ended, int Series) best = default;
        foreach (SourceShare share in _shares.Values)
        {
            if (share.Kind != giving || share.Series == 0) continue;
            (bool Ended, int Series) rank = (share.FirstEnded() is not null, share.Series);
            if (most is null || rank.CompareTo(best) > 0) (most, best) = (share, rank);
        }

        return most;
    }

    /// <summary>
    /// True when a source may take a live series from another: it has less of everything, or is of the kind that has too little.
    /// </summary>
    public static bool MayTake(SourceShare from, SourceShare to) =>
        from.Kind != to.Kind || (to.Series + 1 < from.Series && to.Bytes < from.Bytes);

    private static SourceKind Giving(long platform, long targets, long max) =>
        targets == 0 || (platform > max / 2 && platform >= targets) ? SourceKind.Platform : SourceKind.Target;

    private void DropIfUnused(SourceShare share)
    {
        if (share is { Appenders: 0, Series: 0 }) _shares.Remove((share.Source, share.Kind));
    }
}
