namespace Trireme.Inference.Grammars;

/// <summary>Edges grouped by the node they leave.</summary>
internal sealed class EdgeTable<T>(int[] starts, T[] edges)
{
    public ReadOnlySpan<T> All => edges;

    public ReadOnlySpan<T> From(int node) => edges.AsSpan(starts[node], starts[node + 1] - starts[node]);

    public bool HasNoEdges(int node) => starts[node] == starts[node + 1];
}

/// <summary>Makes edge tables.</summary>
internal static class EdgeTable
{
    /// <summary>Sorts by node and keeps the order of edges that leave the same one.</summary>
    public static EdgeTable<T> Of<T>(int nodeCount, ReadOnlySpan<T> edges, Func<T, int> nodeOf)
    {
        var starts = new int[nodeCount + 1];
        foreach (T edge in edges) starts[nodeOf(edge) + 1]++;
        for (int node = 0; node < nodeCount; node++) starts[node + 1] += starts[node];
        var next = (int[])starts.Clone();
        var sorted = new T[edges.Length];
        foreach (T edge in edges) sorted[next[nodeOf(edge)]++] = edge;
        return new EdgeTable<T>(starts, sorted);
    }
}
