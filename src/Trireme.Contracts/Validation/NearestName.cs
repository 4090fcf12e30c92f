namespace Trireme.Contracts.Validation;

/// <summary>Finds what someone probably meant.</summary>
public static class NearestName
{
    /// <summary>The known name with the smallest edit distance, or null when none is close.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        // More than a third of the letters wrong is no slip of the finger, and a guess that is none leads astray.
        int best = Math.Max(1, (name.Length + 1) / 3) + 1;
        string? nearest = null;
        foreach (string candidate in known)
        {
            // A distance is at least the difference of the lengths, and comparing texts of any length costs their product.
            if (Math.Abs(name.Length - candidate.Length) >= best) continue;
            int distance = Slips(name.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance >= best) continue;
            best = distance;
            nearest = candidate;
        }

        return nearest;
    }

    /// <summary>The distance, but the same letters in another order, such as tyni for tiny, are one slip.</summary>
    private static int Slips(string a, string b) =>
        a != b && a.Length == b.Length && a.Order().SequenceEqual(b.Order()) ? 1 : Distance(a, b);

    /// <summary>Optimal string alignment distance: insertions, deletions, substitutions and swapped neighbours cost one.</summary>
    private static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) table[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) table[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                int value = Math.Min(Math.Min(table[i - 1, j] + 1, table[i, j - 1] + 1), table[i - 1, j - 1] + cost);
                bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                table[i, j] = swapped ? Math.Min(value, table[i - 2, j - 2] + 1) : value;
            }
        }

        return table[a.Length, b.Length];
    }
}
