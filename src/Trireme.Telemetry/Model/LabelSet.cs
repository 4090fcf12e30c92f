using System.Text;

namespace Trireme.Telemetry.Model;

/// <summary>
/// The identity of a series: labels with distinct names, in ordinal order of their names. A label with an empty value is the
/// same as no label, so none is kept.
/// </summary>
public sealed class LabelSet : IEquatable<LabelSet>
{
    private readonly Label[] _labels;
    private readonly int _hash;

    private LabelSet(Label[] sorted)
    {
        _labels = sorted;
        var hash = default(HashCode);
        foreach (Label label in sorted)
        {
            hash.Add(label.Name);
            hash.Add(label.Value);
        }

        _hash = hash.ToHashCode();
    }

    public static LabelSet Empty { get; } = new([]);

    /// <summary>Orders label sets as Prometheus does: label by label, name before value.</summary>
    public static IComparer<LabelSet> Order { get; } = Comparer<LabelSet>.Create(Compare);

    public ReadOnlySpan<Label> Labels => _labels;

    public int Count => _labels.Length;

    public string MetricName => Get(LabelNames.MetricName);

    /// <summary>Takes labels in any order. Of two labels with one name the last wins.</summary>
    public static LabelSet Of(params ReadOnlySpan<Label> labels)
    {
        var builder = new LabelSetBuilder();
        foreach (Label label in labels) builder.Set(label.Name, label.Value);
        return builder.ToLabelSet();
    }

    /// <summary>The value of a label, or the empty string.</summary>
    public string Get(string name)
    {
        foreach (Label label in _labels)
        {
            if (string.Equals(label.Name, name, StringComparison.Ordinal)) return label.Value;
        }

        return "";
    }

    /// <summary>This set with one label added or replaced; an empty value removes the label.</summary>
    public LabelSet With(string name, string value)
    {
        if (string.Equals(Get(name), value, StringComparison.Ordinal)) return this;
        var builder = new LabelSetBuilder(this);
        builder.Set(name, value);
        return builder.ToLabelSet();
    }

    public LabelSet WithoutName() => Where(static (name, _) => name != LabelNames.MetricName, 0);

    /// <summary>The labels with these names only.</summary>
    public LabelSet Keep(IReadOnlyList<string> names) => Where(static (name, kept) => Contains(kept, name), names);

    /// <summary>The labels without those of these names.</summary>
    public LabelSet Drop(IReadOnlyList<string> names) => Where(static (name, dropped) => !Contains(dropped, name), names);

    public bool Equals(LabelSet? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash == other._hash && _labels.AsSpan().SequenceEqual(other._labels));

    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    public override int GetHashCode() => _hash;

    /// <summary>Prometheus' notation, such as <c>up{job="gateway"}</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(MetricName);
        int written = 0;
        foreach (Label label in _labels)
        {
            if (label.Name == LabelNames.MetricName) continue;
            text.Append(written++ == 0 ? "{" : ", ").Append(label.Name).Append('=');
            TextQuoting.Append(text, label.Value);
        }

        if (written > 0) text.Append('}');
        return text.Length == 0 ? "{}" : text.ToString();
    }

    /// <summary>Takes labels that are sorted by name, distinct and not empty.</summary>
    internal static LabelSet FromSorted(Label[] labels) => labels.Length == 0 ? Empty : new LabelSet(labels);

    private static bool Contains(IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (string.Equals(names[i], name, StringComparison.Ordinal)) return true;
        }

        return false;
    }

    private static int Compare(LabelSet x, LabelSet y)
    {
        int shared = Math.Min(x._labels.Length, y._labels.Length);
        for (int i = 0; i < shared; i++)
        {
            int order = string.CompareOrdinal(x._labels[i].Name, y._labels[i].Name);
            if (order == 0) order = string.CompareOrdinal(x._labels[i].Value, y._labels[i].Value);
            if (order != 0) return order;
        }

        return x._labels.Length - y._labels.Length;
    }

    private LabelSet Where<T>(Func<string, T, bool> keep, T state)
    {
        int kept = 0;
        foreach (Label label in _labels)
        {
            if (keep(label.Name, state)) kept++;
        }

        if (kept == _labels.Length) return this;
        var labels = new Label[kept];
        int next = 0;
        foreach (Label label in _labels)
        {
            if (keep(label.Name, state)) labels[next++] = label;
        }

        return FromSorted(labels);
    }
}
