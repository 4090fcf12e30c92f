using System.Text;

namespace Trireme.Telemetry.Patterns;

/// <summary>
/// Unicode's simple case folding (CaseFolding.txt, status C and S): which code points are one letter when case does not count. The
/// Turkish dotted I and dotless i are letters of their own, as there.
/// </summary>
internal static class CaseFolding
{
    /// <summary>Beyond these planes no letter has a case.</summary>
    private const int Cased = 0x20000;

    private const int DottedCapitalI = 0x130;
    private const int DotlessI = 0x131;

    /// <summary>Letters whose case .NET keeps apart in the invariant culture, because the way back leads elsewhere.</summary>
    private static readonly int[][] Further =
        [['s', 0x17F], ['k', 0x212A], [0xE5, 0x212B], [0x3C9, 0x2126], [0x3B8, 0x3F4], [0xDF, 0x1E9E]];

    private static readonly Lazy<Dictionary<int, int[]>> Orbits = new(FindOrbits);

    /// <summary>The code points that are the same letter, itself among them; null for one that stands alone.</summary>
    public static int[]? OrbitOf(int codePoint) => Orbits.Value.GetValueOrDefault(codePoint);

    /// <summary>The set with all that are the same letter as one in it.</summary>
    public static CodePointSet Close(CodePointSet set)
    {
        var builder = new CodePointSetBuilder();
        builder.Add(set);
        foreach ((int codePoint, int[] orbit) in Orbits.Value)
        {
            if (!set.Contains(codePoint)) continue;
            foreach (int same in orbit) builder.Add(same);
        }

        return builder.ToSet();
    }

    private static Dictionary<int, int[]> FindOrbits()
    {
        var orbits = new Dictionary<int, List<int>>();
        for (int codePoint = 0; codePoint < Cased; codePoint++)
        {
            if (!Rune.IsValid(codePoint) || codePoint is DottedCapitalI or DotlessI) continue;
            var rune = new Rune(codePoint);
            Join(orbits, codePoint, Rune.ToLowerInvariant(rune).Value);
            Join(orbits, codePoint, Rune.ToUpperInvariant(rune).Value);
        }

        foreach (int[] pair in Further) Join(orbits, pair[0], pair[1]);
        var found = new Dictionary<int, int[]>(orbits.Count);
        foreach ((int codePoint, List<int> orbit) in orbits) found.Add(codePoint, [.. orbit.Order()]);
        return found;
    }

    private static void Join(Dictionary<int, List<int>> orbits, int one, int other)
    {
        if (one == other || other is DottedCapitalI or DotlessI) return;
        List<int> left = orbits.GetValueOrDefault(one) ?? [one];
        List<int> right = orbits.GetValueOrDefault(other) ?? [other];
        if (left == right) return;
        left.AddRange(right);
        foreach (int codePoint in left) orbits[codePoint] = left;
    }
}
