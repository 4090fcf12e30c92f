using System.Collections.Concurrent;
using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>
/// Finds series by label. The narrowest condition that needs its label to be present picks the candidates, the others are tested
/// on each candidate. Writes are serialised by the store; readers take no lock, and may see a series that is just being removed.
/// </summary>
internal sealed class SeriesIndex
{
    private readonly Dictionary<LabelSet, MemorySeries> _byLabels = [];
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, Postings>> _postings = new(StringComparer.Ordinal);
    private Postings _all = new();

    public int Count => Volatile.Read(ref _all).Count;

    /// <summary>All series, removed ones among them.</summary>
    public ReadOnlySpan<MemorySeries> All => Volatile.Read(ref _all).Snapshot();

    public MemorySeries? Find(LabelSet labels) => _byLabels.GetValueOrDefault(labels);

    public MemorySeries Add(LabelSet labels, SourceShare share)
    {
        var interned = new Label[labels.Count];
        for (int i = 0; i < interned.Length; i++) interned[i] = Intern(labels.Labels[i]);
        var series = new MemorySeries(LabelSet.FromSorted(interned), share);
        _byLabels.Add(series.Labels, series);
        foreach (Label label in interned) _postings[label.Name][label.Value].Add(series);
        _all.Add(series);
        return series;
    }

    public void Remove(MemorySeries series)
    {
        series.Removed = true;
        _byLabels.Remove(series.Labels);
        foreach (Label label in series.Labels.Labels)
        {
            ConcurrentDictionary<string, Postings> values = _postings[label.Name];
            Postings postings = values[label.Value];
            Postings? kept = postings.WithOneRemoved();
            if (kept is null) values.TryRemove(label.Value, out _);
            else if (kept != postings) values[label.Value] = kept;
            if (values.IsEmpty) _postings.TryRemove(label.Name, out _);
        }

        Volatile.Write(ref _all, _all.WithOneRemoved() ?? new Postings());
    }

    /// <summary>The series that match all conditions, sorted by labels.</summary>
    public List<MemorySeries> Select(IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellationToken)
    {
        var found = new List<MemorySeries>();
        var tests = new MatcherMemo(matchers);
        (LabelMatcher? narrowest, List<Postings>? lists) = Narrowest(matchers);
        if (narrowest is null)
        {
            Filter(All, tests, found, cancellationToken);
        }
        else
        {
            foreach (Postings list in lists!) Filter(list.Snapshot(), tests, found, cancellationToken);
        }

        found.Sort(static (x, y) => LabelSet.Order.Compare(x.Labels, y.Labels));
        return found;
    }

    public IEnumerable<string> LabelNames() => _postings.Keys;

    public IEnumerable<string> LabelValues(string name) => _postings.TryGetValue(name, out var values) ? values.Keys : [];

    /// <summary>Number of series by value of a label.</summary>
    public IEnumerable<KeyValuePair<string, int>> SeriesPerValue(string name) =>
        _postings.TryGetValue(name, out var values) ? values.Select(static pair => KeyValuePair.Create(pair.Key, pair.Value.Count)) : [];

    private static void Filter(
        ReadOnlySpan<MemorySeries> candidates,
        MatcherMemo tests,
        List<MemorySeries> found,
        CancellationToken cancellationToken)
    {
        for (int i = 0; i < candidates.Length; i++)
        {
            if ((i & 1023) == 0) cancellationToken.ThrowIfCancellationRequested();
            if (!candidates[i].Removed && tests.Matches(candidates[i].Labels)) found.Add(candidates[i]);
        }
    }

    private (LabelMatcher? Matcher, List<Postings>? Lists) Narrowest(IReadOnlyList<LabelMatcher> matchers)
    {
        LabelMatcher? narrowest = null;
        List<Postings>? best = null;
        int bestSize = int.MaxValue;
        foreach (LabelMatcher matcher in matchers)
        {
            if (matcher.MatchesEmpty || (matcher.Values is null && best is not null)) continue;
            List<Postings> lists = Lists(matcher);
            int size = 0;
            foreach (Postings list in lists) size += list.Count;
            if (size >= bestSize) continue;
            (narrowest, best, bestSize) = (matcher, lists, size);
        }

        return (narrowest, best);
    }

    private List<Postings> Lists(LabelMatcher matcher)
    {
        var lists = new List<Postings>();
        if (!_postings.TryGetValue(matcher.Name, out var values)) return lists;
        if (matcher.Values is { } listed)
        {
            foreach (string value in listed.Distinct(StringComparer.Ordinal))
            {
                if (values.TryGetValue(value, out Postings? postings)) lists.Add(postings);
            }

            return lists;
        }

        foreach ((string value, Postings postings) in values)
        {
            if (matcher.Matches(value)) lists.Add(postings);
        }

        return lists;
    }

    /// <summary>The label with the strings the index holds already, so that equal text is stored once.</summary>
    private Label Intern(Label label)
    {
        var values = _postings.GetOrAdd(label.Name, static _ => new(StringComparer.Ordinal));
        if (values.TryGetValue(label.Value, out Postings? postings))
        {
            foreach (Label held in postings.Snapshot()[0].Labels.Labels)
            {
                if (held == label) return held;
            }
        }

        values.TryAdd(label.Value, new Postings());
        return label;
    }
}
