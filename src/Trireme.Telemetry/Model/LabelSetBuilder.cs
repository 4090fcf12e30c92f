namespace Trireme.Telemetry.Model;

/// <summary>Collects labels for a <see cref="LabelSet"/>. Sets are small, so a linear search beats a dictionary.</summary>
internal sealed class LabelSetBuilder
{
    private readonly List<Label> _labels = [];

    public LabelSetBuilder()
    {
    }

    public LabelSetBuilder(LabelSet labels) => _labels.AddRange(labels.Labels);

    public string Get(string name)
    {
        int index = IndexOf(name);
        return index < 0 ? "" : _labels[index].Value;
    }

    public void Set(string name, string value)
    {
        int index = IndexOf(name);
        if (value.Length == 0)
        {
            if (index >= 0) _labels.RemoveAt(index);
            return;
        }

        if (index >= 0) _labels[index] = new Label(name, value);
        else _labels.Add(new Label(name, value));
    }

    public void Clear() => _labels.Clear();

    public LabelSet ToLabelSet()
    {
        Label[] sorted = [.. _labels];
        Array.Sort(sorted, static (x, y) => string.CompareOrdinal(x.Name, y.Name));
        return LabelSet.FromSorted(sorted);
    }

    private int IndexOf(string name)
    {
        for (int i = 0; i < _labels.Count; i++)
        {
            if (string.Equals(_labels[i].Name, name, StringComparison.Ordinal)) return i;
        }

        return -1;
    }
}
