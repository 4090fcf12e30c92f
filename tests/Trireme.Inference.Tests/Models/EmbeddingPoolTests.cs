using Trireme.Inference.Generation;
using Trireme.Inference.Models;

namespace Trireme.Inference.Tests.Models;

public sealed class EmbeddingPoolTests
{
    private static readonly int[] Tokens = [5, 1, 70, 33, 5, 12, 9, 41, 2, 60, 3];

    [Theory]
    [InlineData(PoolingMode.Mean)]
    [InlineData(PoolingMode.Last)]
    [InlineData(PoolingMode.First)]
    public void A_text_gets_the_pooled_states_of_a_plain_double_precision_model_however_it_is_chunked(PoolingMode mode)
    {
        using var model = new SyntheticModel(SyntheticModel.Awkward, "BF16", seed: 3);
        double[][] states = new ReferenceModel(model).States(Tokens);
        double[] expected = mode switch
        {
            PoolingMode.Mean => [.. Enumerable.Range(0, states[0].Length).Select(i => states.Average(state => state[i]))],
            PoolingMode.Last => states[^1],
            _ => states[0],
        };
        float[] whole = Embed(model, mode, states[0].Length, Tokens.Length);
        AssertDirection(expected, whole);
        foreach (int chunk in new[] { 1, 2, 4, 10 }) Assert.Equal(whole, Embed(model, mode, states[0].Length, chunk));
        AssertDirection(expected[..8], Embed(model, mode, 8, Tokens.Length));
        float[] unscaled = Embed(model, mode, states[0].Length, Tokens.Length, normalize: false);
        for (int i = 0; i < unscaled.Length; i++) Assert.Equal(expected[i], unscaled[i], 1e-4);
    }

    [Fact]
    public void An_embedding_of_a_text_that_is_not_all_computed_is_refused()
    {
        EmbeddingPool pool = Pool(PoolingMode.Mean);
        pool.Add(0, [1, 2, 3, 4]);
        Assert.Contains("2 states of 3", Assert.Throws<InvalidOperationException>(pool.ToVector).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void States_of_a_text_that_starts_again_replace_those_before()
    {
        EmbeddingPool pool = Pool(PoolingMode.Mean);
        pool.Add(0, [9, 9, 9, 9]);
        pool.Add(0, [3, 0, 0, 4]);
        pool.Add(2, [0, 0]);
        Assert.Equal([0.6f, 0.8f], pool.ToVector());
    }

    [Fact]
    public void States_of_no_length_stay_zero()
    {
        EmbeddingPool pool = Pool(PoolingMode.Last);
        pool.Add(2, [0, 0]);
        Assert.Equal([0, 0], pool.ToVector());
    }

    private static EmbeddingPool Pool(PoolingMode mode) => new(new EmbeddingOptions { Pooling = mode }, hiddenSize: 2, tokenCount: 3);

    private static float[] Embed(SyntheticModel model, PoolingMode mode, int dimensions, int chunk, bool normalize = true)
    {
        using var bench = new ForwardBench(model.Config, model.Set);
        var table = bench.Reserve(Tokens.Length);
        var pool = new EmbeddingPool(
            new EmbeddingOptions { Pooling = mode, Dimensions = dimensions, Normalize = normalize }, bench.Model.HiddenSize, Tokens.Length);
        for (int first = 0; first < Tokens.Length; first += chunk)
        {
            int count = Math.Min(chunk, Tokens.Length - first);
            bench.Batch.Add(Tokens.AsSpan(first, count), first, table, pool.OutputsOf(first, count));
            bench.Model.Run(bench.Batch);
            pool.Add(first, bench.Model.States(0, bench.Batch.OutputCount));
            bench.Batch.Clear();
        }

        return pool.ToVector();
    }

    private static void AssertDirection(double[] expected, float[] actual)
    {
        double length = Math.Sqrt(expected.Sum(value => value * value));
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i] / length, actual[i], 1e-5);
    }
}
