using Trireme.Inference.Models;

namespace Trireme.Inference.Tests.Engine;

/// <summary>Follows each letter with the next one, and lets a test look at, hold up or break a step.</summary>
internal sealed class AlphabetModel(int vocabularySize) : ILanguageModel
{
    public const float Certainty = 20;

    private readonly float[] _logits = new float[vocabularySize * 2];
    private int[] _outputTokens = [];

    public int VocabularySize => vocabularySize;

    public int HiddenSize => vocabularySize;

    public int MaxLogitRows => 2;

    /// <summary>Called on the engine's thread before each step.</summary>
    public Action<BatchPlan>? BeforeStep { get; set; }

    /// <summary>Called before each computation of logits with the first row asked for.</summary>
    public Action<int>? BeforeLogits { get; set; }

    /// <summary>The token after which logits are not numbers.</summary>
    public int? BrokenToken { get; set; }

    public List<int> StepSizes { get; } = [];

    public void Run(BatchPlan batch)
    {
        StepSizes.Add(batch.TokenCount);
        BeforeStep?.Invoke(batch);
        _outputTokens = new int[batch.OutputCount];
        for (int i = 0; i < _outputTokens.Length; i++) _outputTokens[i] = batch.Tokens[batch.Outputs[i]];
    }

    public Span<float> Logits(int firstOutput, int count)
    {
        BeforeLogits?.Invoke(firstOutput);
        Array.Clear(_logits);
        for (int i = 0; i < count; i++)
        {
            int token = _outputTokens[firstOutput + i];
            _logits[(i * vocabularySize) + ((token + 1) % vocabularySize)] = token == BrokenToken ? float.NaN : Certainty;
        }

        return _logits.AsSpan(0, count * vocabularySize);
    }

    /// <summary>A one at the token's place.</summary>
    public ReadOnlySpan<float> States(int firstOutput, int count)
    {
        var states = new float[count * vocabularySize];
        for (int i = 0; i < count; i++)
        {
            int token = _outputTokens[firstOutput + i];
            states[(i * vocabularySize) + token] = token == BrokenToken ? float.NaN : 1;
        }

        return states;
    }
}
