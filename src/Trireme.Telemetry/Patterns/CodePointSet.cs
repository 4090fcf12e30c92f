namespace Trireme.Telemetry.Patterns;

/// <summary>A set of code points, as ranges that are sorted and do not touch.</summary>
internal sealed class CodePointSet : IEquatable<CodePointSet>
{
    public const int Last = 0x10FFFF;

    /// <summary>First and last code point of each range in turn.</summary>
    private readonly int[] _bounds;

    /// <param name="sorted">Bounds of ranges that are sorted and do not touch.</param>
    internal CodePointSet(int[] sorted) => _bounds = sorted;

    public static CodePointSet All { get; } = new([0, Last]);

    public static CodePointSet AllButLineFeed { get; } = new([0, '\n' - 1, '\n' + 1, Last]);

    public static CodePointSet LineFeed { get; } = Of('\n');

    public ReadOnlySpan<int> Bounds => _bounds;

    public int Ranges => _bounds.Length / 2;

    public bool IsEmpty => _bounds.Length == 0;

    public static CodePointSet Of(int codePoint) => new([codePoint, codePoint]);

    public bool Contains(int codePoint)
    {
        int found = _bounds.AsSpan().BinarySearch(codePoint);
        // Between a first and a last one the insertion point is odd.
        return found >= 0 || (~found & 1) == 1;
    }

    /// <summary>All code points that are not in this set.</summary>
    public CodePointSet Negate()
    {
        var builder = new CodePointSetBuilder();
        int next = 0;
        for (int i = 0; i < _bounds.Length; i += 2)
        {
            if (_bounds[i] > next) builder.Add(next, _bounds[i] - 1);
            next = _bounds[i + 1] + 1;
        }

        if (next <= Last) builder.Add(next, Last);
        return builder.ToSet();
    }

    public bool Equals(CodePointSet? other) => other is not null && _bounds.AsSpan().SequenceEqual(other._bounds);

    public override bool Equals(object? obj) => Equals(obj as CodePointSet);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (int bound in _bounds) hash.Add(bound);
        return hash.ToHashCode();
    }
}
