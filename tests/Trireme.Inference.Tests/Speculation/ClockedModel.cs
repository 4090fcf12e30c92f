using Trireme.Inference.Models;

namespace Trireme.Inference.Tests.Speculation;

/// <summary>
/// Follows each token with one that depends on it and its position, or with logits that are no numbers where that is negative, and takes
/// the time a test gives it.
/// </summary>
internal sealed class ClockedModel(int vocabularySize, Func<int, int, int> next, Func<int, double> seconds, VirtualTime time)
    : ILanguageModel
{
    private const int Rows = 32;

    private readonly float[] _logits = new float[vocabularySize * Rows];
    private readonly List<int> _next = [];

    public int VocabularySize => vocabularySize;

    public int HiddenSize => 1;

    public int MaxLogitRows => Rows;

    public long Tokens { get; private set; }

    /// <summary>Called before each step.</summary>
    public Action? BeforeStep { get; set; }

    public void Run(BatchPlan batch)
    {
        BeforeStep?.Invoke();
        time.Advance(seconds(batch.TokenCount));
        Tokens += batch.TokenCount;
        _next.Clear();
        foreach (int row in batch.Outputs) _next.Add(next(batch.Tokens[row], batch.Positions[row]));
    }

    public Span<float> Logits(int firstOutput, int count)
    {
        Array.Clear(_logits);
        for (int i = 0; i < count; i++)
        {
            int token = _next[firstOutput + i];
            _logits[(i * vocabularySize) + Math.Max(token, 0)] = token < 0 ? float.NaN : 20;
        }

        return _logits.AsSpan(0, count * vocabularySize);
    }

    public ReadOnlySpan<float> States(int firstOutput, int count) => throw new NotSupportedException("Nobody asks for embeddings.");
}
