namespace Trireme.Inference.Grammars.Matching;

/// <summary>Where a rule goes on once the rules it called have matched.</summary>
internal sealed class ReturnFrame(int id, int node, ReturnFrame? parent, int distance)
{
    public int Id { get; } = id;

    public int Node { get; } = node;

    public ReturnFrame? Parent { get; } = parent;

    /// <summary>The fewest bytes from <see cref="Node"/> to the end of the whole text.</summary>
    public int Distance { get; } = distance;

    /// <summary>Orders frames by where they and those above them return to.</summary>
    public static int Compare(ReturnFrame? left, ReturnFrame? right)
    {
        while (left is not null && right is not null && left != right)
        {
            if (left.Node != right.Node) return left.Node.CompareTo(right.Node);
            (left, right) = (left.Parent, right.Parent);
        }

        return left == right ? 0 : left is null ? -1 : 1;
    }
}

/// <summary>One way the text so far may be read: the node that expects the next byte, and where its rule returns to.</summary>
internal readonly record struct MatchThread(int Node, ReturnFrame? Frame);

/// <summary>
/// All ways the text so far may be read. Equal states are one object, so what was found out about a state serves every request that
/// reaches it.
/// </summary>
internal sealed class MatchState(MatchThread[] threads, bool accepts, int distance, int onwards, int classCount)
{
    /// <summary>No text with this beginning is allowed.</summary>
    public static readonly MatchState Dead = new([], accepts: false, Distances.Infinite, Distances.Infinite, classCount: 0);

    public ReadOnlySpan<MatchThread> Threads => threads;

    /// <summary>The text may end here.</summary>
    public bool Accepts { get; } = accepts;

    /// <summary>The fewest bytes to a text that may end, counting only bytes with a token of their own.</summary>
    public int Distance { get; } = distance;

    /// <summary>As <see cref="Distance"/>, but with at least one further byte; infinite when nothing may follow.</summary>
    public int ContinuationDistance { get; } = onwards;

    /// <summary>The state after a byte of each class; null until asked for.</summary>
    public MatchState?[] Next { get; } = new MatchState?[classCount];

    /// <summary>The tokens that may follow if their number does not matter; null until asked for.</summary>
    public TokenMask? Mask { get; set; }

    /// <summary>An upper bound of the tokens to a text that may end; -1 until asked for.</summary>
    public int Tokens { get; set; } = -1;

    /// <summary>The last walk that met the state.</summary>
    public int Walk { get; set; }

    /// <summary>Drops what can be computed again.</summary>
    public void Clear()
    {
        Array.Clear(Next);
        Mask = null;
    }
}

/// <summary>One bit per token of the vocabulary.</summary>
/// <param name="Bits">Set for tokens that may follow.</param>
/// <param name="DistanceMax">The largest distance of a state that one of them leads to.</param>
internal sealed record TokenMask(ulong[] Bits, int DistanceMax);
