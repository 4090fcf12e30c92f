namespace Trireme.Telemetry.Patterns;

/// <summary>Collects ranges in any order, overlapping or not.</summary>
internal sealed class CodePointSetBuilder
{
    private readonly List<(int First, int Last)> _ranges = [];

    public int Ranges => _ranges.Count;

    public void Add(int codePoint) => Add(codePoint, codePoint);

    public void Add(int first, int last) => _ranges.Add((first, last));

    public void Add(CodePointSet set)
    {
        ReadOnlySpan<int> bounds = set.Bounds;
        for (int i = 0; i < bounds.Length; i += 2) Add(bounds[i], bounds[i + 1]);
    }

    public CodePointSet ToSet()
    {
        _ranges.Sort();
        var bounds = new List<int>(2 * _ranges.Count);
        foreach ((int first, int last) in _ranges)
        {
            if (bounds.Count > 0 && first <= bounds[^1] + 1)
            {
                bounds[^1] = Math.Max(bounds[^1], last);
                continue;
            }

            bounds.Add(first);
            bounds.Add(last);
        }

        return new CodePointSet([.. bounds]);
    }
}
