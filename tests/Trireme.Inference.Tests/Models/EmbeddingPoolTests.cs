using Trireme.Inference.Models;

namespace Trireme.Inference.Tests.Models;

public sealed class EmbeddingPoolTests
{
    private static readonly int[] Tokens = [5, 1, 70, 33, 5, 12, 9, 41, 2, 60, 3];

    [Theory]
    [InlineData(PoolingMode.Mean)]
    [InlineData(PoolingMode.Last)]
    [InlineData(PoolingMode.First)]
    public void A_text_gets_the_pooled_states_of_a_plain_double_precision_model_however_it_is_chunked(object value)
    {
        var mode = (PoolingMode)value;
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
    }

    [Fact]
    public void An_embedding_of_a_text_that_is_not_all_computed_is_refused()
    {
        var pool = new EmbeddingPool(PoolingMode.Mean, hiddenSize: 2, tokenCount: 3);
        pool.Add([1, 2, 3, 4]);
        Assert.Contains("2 states of 3", Assert.Throws<InvalidOperationException>(() => pool.CopyTo(new float[2])).Message);
    }

    [Fact]
    public void States_of_no_length_stay_zero()
    {
        var pool = new EmbeddingPool(PoolingMode.Last, hiddenSize: 2, tokenCount: 3);
        pool.Add([0, 0]);
        float[] vector = [7, 7];
        pool.CopyTo(vector);
        Assert.Equal([0, 0], vector);
    }

    private static float[] Embed(SyntheticModel model, PoolingMode mode, int dimensions, int chunk)
    {
        using var bench = new ForwardBench(model.Config, model.Set);
        var table = bench.Reserve(Tokens.Length);
        var pool = new EmbeddingPool(mode, bench.Model.HiddenSize, Tokens.Length);
        for (int first = 0; first < Tokens.Length; first += chunk)
        {
            int count = Math.Min(chunk, Tokens.Length - first);
            bench.Batch.Add(Tokens.AsSpan(first, count), first, table, pool.OutputsOf(first, count));
            bench.Model.Run(bench.Batch);
            pool.Add(bench.Model.States(0, bench.Batch.OutputCount));
            bench.Batch.Clear();
        }

        var vector = new float[dimensions];
        pool.CopyTo(vector);
        return vector;
    }

    private static void AssertDirection(double[] expected, float[] actual)
    {
        double length = Math.Sqrt(expected.Sum(value => value * value));
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i] / length, actual[i], 1e-5);
    }
}
