using System.Text;

namespace Trireme.Fleet.Routing;

/// <summary>
/// Splits keys over weighted targets by rendezvous hashing: every key draws a number for every target and goes to the highest
/// draw, where a target's draws are stretched by its weight. A key's draws never change, so raising one target's weight moves
/// keys to that target only, and neither order nor number of the other targets matters.
/// Source: C. Schindelhauer, G. Schomaker, "Weighted Distributed Hash Tables", SPAA (2005): the draw is -weight / ln(u).
/// </summary>
public static class TrafficSplit
{
    /// <summary>Index of the target for this key, or -1 when no weight is above zero.</summary>
    public static int Choose(ReadOnlySpan<WeightedTarget> targets, ulong key)
    {
        int chosen = -1;
        double highest = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            if (targets[i].Weight <= 0) continue;
            // 53 random bits, moved off zero and one, where the logarithm ends.
            double uniform = ((Mix(key ^ targets[i].Id) >> 11) + 0.5) * (1.0 / (1UL << 53));
            double draw = -targets[i].Weight / Math.Log(uniform);
            if (draw <= highest) continue;
            highest = draw;
            chosen = i;
        }

        return chosen;
    }

    /// <summary>Stable 64-bit key of UTF-8 bytes: FNV-1a, then mixed. Equal on every machine and in every version.</summary>
    public static ulong KeyOf(ReadOnlySpan<byte> utf8)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in utf8) hash = (hash ^ value) * 1099511628211;
        return Mix(hash);
    }

    /// <summary>The same for text: equal to the key of its UTF-8 bytes.</summary>
    public static ulong KeyOf(ReadOnlySpan<char> text)
    {
        ulong hash = 14695981039346656037;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            int length = rune.EncodeToUtf8(utf8);
            for (int i = 0; i < length; i++) hash = (hash ^ utf8[i]) * 1099511628211;
        }

        return Mix(hash);
    }

    /// <summary>The finalizer of SplitMix64: every input bit changes half of the output bits.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

/// <summary>A place traffic may go to. The id is the key of its stable name; weights are relative to each other.</summary>
public readonly record struct WeightedTarget(ulong Id, int Weight);
