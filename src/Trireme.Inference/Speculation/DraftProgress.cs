namespace Trireme.Inference.Speculation;

/// <summary>How much of one sequence a draft model has computed.</summary>
internal sealed class DraftProgress
{
    /// <summary>Tokens whose keys and values the draft model has in the sequence's blocks.</summary>
    public int Computed { get; set; }

    /// <summary>Drafted tokens behind them that are computed too, and count once they have turned out to be right.</summary>
    public int Ahead { get; set; }

    /// <summary>The sequence's first blocks whose content the draft model has noted.</summary>
    public int NotedBlocks { get; set; }

    /// <summary>The sequence's restarts when this was true.</summary>
    public int Restarts { get; set; }

    /// <summary>Notes how many of the drafted tokens were right.</summary>
    public void Accept(int right)
    {
        Computed += Math.Min(right, Ahead);
        Ahead = 0;
    }

    /// <summary>Begins anew after the sequence has lost its blocks.</summary>
    public void Restart(int restarts)
    {
        Restarts = restarts;
        Computed = 0;
        Ahead = 0;
        NotedBlocks = 0;
    }
}
