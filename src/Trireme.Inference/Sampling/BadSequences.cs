namespace Trireme.Inference.Sampling;

/// <summary>Keeps an answer from holding sequences of tokens: where all but the last of one have come, the last is ruled out.</summary>
internal sealed class BadSequences
{
    private readonly int[][] _sequences;
    private readonly int[] _recent;
    private int _count;

    /// <param name="sequences">None is empty.</param>
    public BadSequences(IReadOnlyList<IReadOnlyList<int>> sequences)
    {
        _sequences = new int[sequences.Count][];
        int longest = 1;
        for (int i = 0; i < _sequences.Length; i++)
        {
            _sequences[i] = [.. sequences[i]];
            longest = Math.Max(longest, _sequences[i].Length);
        }

        _recent = new int[longest - 1];
    }

    /// <summary>Notes a token of the answer.</summary>
    public void Append(int token)
    {
        if (_recent.Length == 0) return;
        if (_count == _recent.Length) _recent.AsSpan(1).CopyTo(_recent);
        else _count++;
        _recent[_count - 1] = token;
    }

    public void RuleOut(Span<float> logits)
    {
        ReadOnlySpan<int> recent = _recent.AsSpan(0, _count);
        foreach (int[] sequence in _sequences)
        {
            if (recent.EndsWith(sequence.AsSpan(0, sequence.Length - 1))) logits[sequence[^1]] = float.NegativeInfinity;
        }
    }
}
