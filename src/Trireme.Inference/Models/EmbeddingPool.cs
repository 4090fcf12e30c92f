namespace Trireme.Inference.Models;

/// <summary>Which tokens' hidden states make a text's embedding.</summary>
internal enum PoolingMode
{
    /// <summary>The average over all tokens.</summary>
    Mean,

    /// <summary>The last token's, which has seen all others.</summary>
    Last,

    /// <summary>The first token's; of use only to models trained to fill it.</summary>
    First,
}

/// <summary>
/// Makes one vector of a text's hidden states as its chunks are computed. It needs every position its mode looks at to be computed,
/// so a sequence that is embedded takes over no cached blocks, unless the last position is all it asks for. States are added up in
/// double precision one after another, so chunks change nothing.
/// </summary>
internal sealed class EmbeddingPool(PoolingMode mode, int hiddenSize, int tokenCount)
{
    private readonly double[] _sum = new double[hiddenSize];
    private int _added;

    /// <summary>How many states of a chunk are wanted, counted from its last token, as <see cref="BatchPlan.Add"/> takes it.</summary>
    public int OutputsOf(int firstPosition, int count) => mode switch
    {
        PoolingMode.Mean => count,
        PoolingMode.Last => firstPosition + count == tokenCount ? 1 : 0,
        _ => firstPosition == 0 ? count : 0,
    };

    /// <summary>Adds the wanted states of the next chunk: <see cref="OutputsOf"/> rows.</summary>
    public void Add(ReadOnlySpan<float> states)
    {
        int rows = mode == PoolingMode.First ? Math.Min(1 - _added, states.Length / hiddenSize) : states.Length / hiddenSize;
        for (int row = 0; row < rows; row++, _added++)
        {
            ReadOnlySpan<float> state = states.Slice(row * hiddenSize, hiddenSize);
            for (int i = 0; i < state.Length; i++) _sum[i] += state[i];
        }
    }

    /// <summary>
    /// Writes the embedding, scaled to length one. A destination shorter than the hidden size takes the first dimensions only, before
    /// scaling, as models trained for several sizes expect.
    /// </summary>
    /// <exception cref="InvalidOperationException">States are missing.</exception>
    public void CopyTo(Span<float> destination)
    {
        int wanted = mode == PoolingMode.Mean ? tokenCount : 1;
        if (_added != wanted) throw new InvalidOperationException($"{_added} states of {wanted} were added.");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, hiddenSize, nameof(destination));
        double squares = 0;
        for (int i = 0; i < destination.Length; i++) squares += _sum[i] * _sum[i];
        // The mean's divisor falls away in scaling. A vector of zeros has no direction and stays as it is.
        double scale = squares > 0 ? 1 / Math.Sqrt(squares) : 0;
        for (int i = 0; i < destination.Length; i++) destination[i] = (float)(_sum[i] * scale);
    }
}
