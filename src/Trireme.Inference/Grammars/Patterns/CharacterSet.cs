namespace Trireme.Inference.Grammars.Patterns;

/// <summary>A set of Unicode characters as sorted ranges that neither touch nor overlap. Surrogates are never part of one.</summary>
internal sealed class CharacterSet
{
    private const int Last = 0x10FFFF;

    private readonly CharacterRange[] _ranges;

    private CharacterSet(CharacterRange[] ranges) => _ranges = ranges;

    public static CharacterSet All { get; } = Of(new CharacterRange(0, Last));

    /// <summary>What a dot stands for in every dialect: all but the ends of lines.</summary>
    public static CharacterSet Dot { get; } = Of([new('\n'), new('\r'), new(0x2028, 0x2029)]).Complement();

    public static CharacterSet Digits { get; } = Of(new CharacterRange('0', '9'));

    public static CharacterSet Word { get; } = Of(new('0', '9'), new('A', 'Z'), new('_'), new('a', 'z'));

    public static CharacterSet Space { get; } = Of(new('\t', '\r'), new(' '));

    public ReadOnlySpan<CharacterRange> Ranges => _ranges;

    public bool IsEmpty => _ranges.Length == 0;

    public static CharacterSet Of(params ReadOnlySpan<CharacterRange> ranges)
    {
        var sorted = new List<CharacterRange>(ranges.Length);
        foreach (CharacterRange range in ranges) AddWithoutSurrogates(sorted, range);
        sorted.Sort(static (left, right) => left.First.CompareTo(right.First));
        var merged = new List<CharacterRange>(sorted.Count);
        foreach (CharacterRange range in sorted)
        {
            if (merged.Count > 0 && range.First <= merged[^1].Last + 1)
            {
                merged[^1] = new CharacterRange(merged[^1].First, Math.Max(merged[^1].Last, range.Last));
            }
            else
            {
                merged.Add(range);
            }
        }

        return new CharacterSet([.. merged]);
    }

    public CharacterSet Complement()
    {
        var rest = new List<CharacterRange>(_ranges.Length + 1);
        int next = 0;
        foreach (CharacterRange range in _ranges)
        {
            if (range.First > next) rest.Add(new CharacterRange(next, range.First - 1));
            next = range.Last + 1;
        }

        if (next <= Last) rest.Add(new CharacterRange(next, Last));
        return Of([.. rest]);
    }

    public CharacterSet Union(CharacterSet other) => Of([.. _ranges, .. other._ranges]);

    public CharacterSet Intersect(CharacterSet other) => Complement().Union(other.Complement()).Complement();

    public CharacterSet Except(CharacterSet other) => Intersect(other.Complement());

    public bool Contains(int character)
    {
        int low = 0, high = _ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (character < _ranges[middle].First) high = middle - 1;
            else if (character > _ranges[middle].Last) low = middle + 1;
            else return true;
        }

        return false;
    }

    public override bool Equals(object? obj) => obj is CharacterSet other && _ranges.AsSpan().SequenceEqual(other._ranges);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (CharacterRange range in _ranges) hash.Add(range);
        return hash.ToHashCode();
    }

    private static void AddWithoutSurrogates(List<CharacterRange> ranges, CharacterRange range)
    {
        if (range.First < 0xD800) ranges.Add(new CharacterRange(range.First, Math.Min(range.Last, 0xD7FF)));
        if (range.Last > 0xDFFF) ranges.Add(new CharacterRange(Math.Max(range.First, 0xE000), range.Last));
    }
}

/// <summary>Characters from the first to the last, both included.</summary>
internal readonly record struct CharacterRange(int First, int Last)
{
    public CharacterRange(int only)
        : this(only, only)
    {
    }
}
