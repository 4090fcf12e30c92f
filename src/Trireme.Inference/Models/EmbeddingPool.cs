using Trireme.Inference.Generation;

namespace Trireme.Inference.Models;

/// <summary>
/// Makes one vector of a text's hidden states as its chunks are computed. It needs every position its mode reads to be computed,
/// so a sequence that is embedded takes over no cached blocks, unless the last position is all it asks for. States are added up in
/// double precision one after another, so chunks change nothing.
/// </summary>
internal sealed class EmbeddingPool(EmbeddingOptions options, int hiddenSize, int tokenCount)
{
    private readonly PoolingMode _mode = options.Pooling;
    private readonly double[] _sum = new double[hiddenSize];
    private int _added;

    /// <summary>True for a mode that reads the last position alone, so that blocks computed before will do for the others.</summary>
    public static bool SharesPrefix(EmbeddingOptions options) => options.Pooling == PoolingMode.Last;

    /// <summary>How many states of a chunk are wanted, counted from its last token, as <see cref="BatchPlan.Add"/> takes it.</summary>
    public int OutputsOf(int firstPosition, int count) => _mode switch
    {
        PoolingMode.Mean => count,
        PoolingMode.Last => firstPosition + count == tokenCount ? 1 : 0,
        _ => firstPosition == 0 ? count : 0,
    };

    /// <summary>Adds the wanted states of the next chunk: <see cref="OutputsOf"/> rows.</summary>
    public void Add(int firstPosition, ReadOnlySpan<float> states)
    {
        // A sequence that lost its blocks to others computes its tokens again.
        if (firstPosition == 0) Clear();
        int rows = _mode == PoolingMode.First ? Math.Min(1 - _added, states.Length / hiddenSize) : states.Length / hiddenSize;
        for (int row = 0; row < rows; row++, _added++)
        {
            ReadOnlySpan<float> state = states.Slice(row * hiddenSize, hiddenSize);
            for (int i = 0; i < state.Length; i++) _sum[i] += state[i];
        }
    }

    /// <summary>The embedding: as many dimensions as asked for.</summary>
    /// <exception cref="InvalidOperationException">States are missing.</exception>
    /// <exception cref="InvalidDataException">The model's states are no finite numbers.</exception>
    public float[] ToVector()
    {
        int wanted = _mode == PoolingMode.Mean ? tokenCount : 1;
        if (_added != wanted) throw new InvalidOperationException($"{_added} states of {wanted} were added.");
        ReadOnlySpan<double> kept = _sum.AsSpan(0, options.Dimensions ?? hiddenSize);
        double squares = 0;
        foreach (double value in kept) squares += value * value;
        if (!double.IsFinite(squares)) throw new InvalidDataException("The model's hidden states are not finite; its weights are damaged.");
        // A vector of zeros has no direction and stays as it is.
        double scale = !options.Normalize ? 1.0 / wanted : squares > 0 ? 1 / Math.Sqrt(squares) : 0;
        var vector = new float[kept.Length];
        for (int i = 0; i < vector.Length; i++) vector[i] = (float)(kept[i] * scale);
        return vector;
    }

    private void Clear()
    {
        Array.Clear(_sum);
        _added = 0;
    }
}
