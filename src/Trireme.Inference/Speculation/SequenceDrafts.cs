namespace Trireme.Inference.Speculation;

/// <summary>The draft of one sequence's next tokens, and how its drafts have done.</summary>
internal sealed class SequenceDrafts(int draftTokensMax, int kinds)
{
    /// <summary>About so many drafts say how the next ones will do: a text changes from copying to telling within a few dozen.</summary>
    private const double Memory = 24;

    private readonly int[] _tokens = new int[draftTokensMax];

    public AcceptanceRate Rate { get; } = new(kinds, Memory);

    /// <summary>Drafted tokens, whether or not a step checks them.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);

    public int Count { get; private set; }

    /// <summary>The index that the first drafted token would have in the sequence.</summary>
    public int First { get; private set; }

    /// <summary>The kind of the first drafted token; those after it are of the next kinds.</summary>
    public int Kind { get; private set; }

    /// <summary>What prompt lookup knows of the sequence.</summary>
    public NgramIndex? Index { get; set; }

    /// <summary>What a draft model has computed of the sequence.</summary>
    public DraftProgress Progress { get; } = new();

    /// <summary>Begins a draft of so many tokens and gives the span to write them to.</summary>
    public Span<int> Begin(int first, int count, int kind)
    {
        First = first;
        Count = count;
        Kind = kind;
        return _tokens.AsSpan(0, count);
    }

    public void Set(int place, int token) => _tokens[place] = token;

    /// <summary>Shortens the draft.</summary>
    public void Truncate(int count) => Count = Math.Min(Count, count);

    /// <summary>How many of the draft's first tokens have become part of the sequence, the one that ended it included.</summary>
    public int CountRight(ReadOnlySpan<int> sequence, int count)
    {
        int right = 0;
        while (right < count && First + right < sequence.Length && sequence[First + right] == _tokens[right]) right++;
        return right;
    }

    /// <summary>
    /// Compares the draft with what the sequence has become and forgets it. A draft that no step has checked is scored by its first
    /// tokens all the same, as far as the sequence has grown: knowing how good drafts would be costs nothing.
    /// </summary>
    public void RecordOutcome(ReadOnlySpan<int> sequence, AcceptanceRate all)
    {
        int right = 0;
        for (int i = 0; i < Count && First + i < sequence.Length; i++)
        {
            bool isRight = sequence[First + i] == _tokens[i];
            int kind = Rate.KindAt(Kind, i);
            Rate.Record(kind, isRight);
            all.Record(kind, isRight);
            if (!isRight) break;
            right++;
        }

        Progress.Accept(right);
        Count = 0;
    }
}
