using System.Buffers;
using Trireme.Inference.Sampling;
using Trireme.Inference.Tokenizers;
using Trireme.Inference.Tokenizers.Gguf;

namespace Trireme.Inference.Formats.Gguf.Writing;

/// <summary>
/// Writes a model of a real shape with random weights: as fast and as large as the real one, for measurements that need no sense in the
/// answers. The same seed gives the same bytes.
/// </summary>
public static class RandomModel
{
    /// <param name="shape">The model's shape.</param>
    /// <param name="type">How matrices are stored.</param>
    /// <param name="target">The file, which is replaced when it exists.</param>
    /// <param name="seed">Chooses the weights.</param>
    /// <param name="threads">Most threads that draw.</param>
    /// <param name="progress">Told the bytes of weights written so far, and all that there will be.</param>
    /// <param name="cancellationToken">Stops; no file is left then.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(
        ModelShape shape,
        TensorType type,
        string target,
        long seed,
        int threads,
        Action<long, long>? progress,
        CancellationToken cancellationToken)
    {
        var file = new GgufWriter();
        var family = ModelFamily.Known.First(known => known.Name == shape.Config.Architecture);
        GgufConfigWriter.Write(shape.Config, GgufArchitecture.For(family), shape.Name + "-random", file);
        QuantizationRules.Describe(type, file);
        Vocabulary(shape).WriteTo(file);
        AddTensors(shape.Config, type, seed, file);
        long all = file.TensorBytes;
        file.Write(target, threads, progress is null ? null : written => progress(written, all), cancellationToken);
    }

    private static void AddTensors(ModelConfig config, TensorType type, long seed, GgufWriter file)
    {
        int hidden = config.HiddenSize;
        int queries = config.AttentionHeadCount * config.HeadDimension;
        int keys = config.KeyValueHeadCount * config.HeadDimension;
        Matrix("token_embd", config.VocabularySize, hidden);
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            string prefix = $"blk.{layer}.";
            Norm(prefix + "attn_norm");
            Projection(prefix + "attn_q", queries);
            Projection(prefix + "attn_k", keys);
            Projection(prefix + "attn_v", keys);
            Matrix(prefix + "attn_output", hidden, queries);
            Norm(prefix + "ffn_norm");
            Matrix(prefix + "ffn_gate", config.IntermediateSize, hidden);
            Matrix(prefix + "ffn_up", config.IntermediateSize, hidden);
            Matrix(prefix + "ffn_down", hidden, config.IntermediateSize);
        }

        Norm("output_norm");

        void Projection(string name, int outputs)
        {
            Matrix(name, outputs, hidden);
            if (config.AttentionBias) Add(name + ".bias", [outputs], center: 0, amplitude: 0.1f);
        }

        // Uniform numbers of variance 1 / columns keep the size of what goes through the matrix.
        void Matrix(string name, int rows, int columns) =>
            Add(name + ".weight", [rows, columns], center: 0, amplitude: MathF.Sqrt(3f / columns));

        void Norm(string name) => Add(name + ".weight", [hidden], center: 1, amplitude: 0.1f);

        void Add(string name, int[] dimensions, float center, float amplitude) =>
            file.Add(CreateTensor(name, QuantizationRules.TypeOf(name, dimensions, type), dimensions, center, amplitude, seed++));
    }

    private static GgufTensor CreateTensor(string name, TensorType type, int[] shape, float center, float amplitude, long seed)
    {
        int columns = shape[^1];
        return new GgufTensor(name, type, shape, (row, bytes) =>
        {
            float[] rented = ArrayPool<float>.Shared.Rent(columns);
            Span<float> values = rented.AsSpan(0, columns);
            for (int i = 0; i < columns; i++)
            {
                values[i] = center + (amplitude * (float)((2 * CounterRandom.Uniform(seed, (row * columns) + i)) - 1));
            }

            TensorEncoder.TryEncode(type, values, bytes);
            ArrayPool<float>.Shared.Return(rented);
        });
    }

    /// <summary>
    /// Every string of bytes, shorter ones first, until the vocabulary is full but for two control tokens. Each token is a shorter one
    /// and a byte, which is how it comes to be merged.
    /// </summary>
    private static VocabularyToWrite Vocabulary(ModelShape shape)
    {
        const int ByteCount = 256;
        int count = shape.Config.VocabularySize;
        var tokens = new string[count];
        var merges = new List<string>(count);
        for (int id = 0; id < count - 2; id++)
        {
            if (id < ByteCount)
            {
                tokens[id] = ByteAlphabet.CharOf((byte)id).ToString();
                continue;
            }

            (int start, int last) = Math.DivRem(id - ByteCount, ByteCount);
            tokens[id] = tokens[start] + tokens[last];
            merges.Add($"{tokens[start]} {tokens[last]}");
        }

        int begin = count - 2;
        int end = count - 1;
        tokens[begin] = "<|begin_of_text|>";
        tokens[end] = "<|end_of_text|>";
        var types = new GgufTokenType[count];
        Array.Fill(types, GgufTokenType.Normal);
        types[begin] = types[end] = GgufTokenType.Control;
        return new VocabularyToWrite
        {
            Split = shape.Split,
            Tokens = tokens,
            Types = types,
            Merges = merges,
            BeginOfSequence = begin,
            EndOfSequence = [end],
            AddsBegin = false,
        };
    }
}
