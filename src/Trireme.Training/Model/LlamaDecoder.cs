using Trireme.Training.Corpus;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Trireme.Training.Model;

/// <summary>
/// The Llama decoder (Touvron et al. 2023): pre-normalisation with RMSNorm, rotary positions on split halves, grouped-query
/// attention, SwiGLU, no biases, output projection tied to the embedding. Weights are float32 while training.
/// </summary>
internal sealed class LlamaDecoder : IDisposable
{
    /// <summary>A target that no loss is computed for.</summary>
    public const long NoTarget = -100;

    private readonly DecoderShape _shape;
    private readonly Dictionary<string, Parameter> _weights = [];
    private readonly Parameter _embedding;
    private readonly Parameter _finalNorm;
    private readonly DecoderLayer[] _layers;
    private readonly RotaryPositions _positions;

    private LlamaDecoder(DecoderShape shape, Func<string, long[], Tensor> initialValue)
    {
        _shape = shape;
        using (no_grad())
        {
            foreach ((string name, long[] dimensions) in shape.Weights())
            {
                using Tensor value = initialValue(name, dimensions);
                _weights[name] = new Parameter(value.clone().DetachFromDisposeScope());
            }
        }

        _embedding = _weights["model.embed_tokens.weight"];
        _finalNorm = _weights["model.norm.weight"];
        _positions = new RotaryPositions(shape);
        _layers = [.. Enumerable.Range(0, shape.Layers).Select(CreateLayer)];

        DecoderLayer CreateLayer(int layer) => new(shape, _positions, name => _weights[$"model.layers.{layer}.{name}"]);
    }

    /// <summary>Weights by Hugging Face name, in file order.</summary>
    public IReadOnlyDictionary<string, Parameter> Weights => _weights;

    public DecoderShape Shape => _shape;

    /// <summary>Random weights that depend on nothing but the seed.</summary>
    public static LlamaDecoder Create(DecoderShape shape, int seed)
    {
        SeededRandom random = SeededRandom.Stream(seed, "weights");
        // Each layer adds two terms to the residual stream; scaling them keeps its variance independent of depth (Radford et al. 2019).
        double residualScale = shape.InitializerRange / Math.Sqrt(2 * shape.Layers);
        return new LlamaDecoder(shape, (name, dimensions) =>
        {
            if (dimensions.Length == 1) return ones(dimensions);
            bool residual = name.Contains("o_proj", StringComparison.Ordinal) || name.Contains("down_proj", StringComparison.Ordinal);
            double scale = residual ? residualScale : shape.InitializerRange;
            var values = new float[dimensions[0] * dimensions[1]];
            for (int i = 0; i < values.Length; i++) values[i] = (float)(random.NextGaussian() * scale);
            return tensor(values, dimensions);
        });
    }

    /// <summary>Weights read from a file.</summary>
    /// <exception cref="InvalidDataException">A weight is missing or has another shape.</exception>
    public static LlamaDecoder Load(DecoderShape shape, IReadOnlyDictionary<string, (long[] Shape, float[] Values)> weights) =>
        new(shape, (name, dimensions) =>
        {
            bool fits = weights.TryGetValue(name, out (long[] Shape, float[] Values) found) && found.Shape.SequenceEqual(dimensions);
            return fits
                ? tensor(found.Values, dimensions)
                : throw new InvalidDataException($"The weights lack {name} of shape [{string.Join(", ", dimensions)}].");
        });

    /// <summary>Logits [batch, tokens, vocabulary] of token ids [batch, tokens] that start at position 0.</summary>
    /// <param name="tokens">Token ids.</param>
    /// <param name="visible">Which tokens each token sees, [batch, 1, tokens, tokens]; all before it where null.</param>
    public Tensor Forward(Tensor tokens, Tensor? visible = null)
    {
        Tensor hidden = _embedding.index_select(0, tokens.view(-1)).view(tokens.shape[0], tokens.shape[1], _shape.HiddenSize);
        foreach (DecoderLayer layer in _layers) hidden = layer.Forward(hidden, visible);
        return functional.linear(DecoderLayer.RmsNorm(hidden, _finalNorm), _embedding);
    }

    /// <summary>Mean cross-entropy in nats of each token given those before it. Targets of <see cref="NoTarget"/> do not count.</summary>
    public Tensor Loss(Tensor tokens, Tensor targets, Tensor? visible = null, Reduction reduction = Reduction.Mean)
    {
        Tensor logits = Forward(tokens, visible).view(-1, _shape.VocabularySize);
        return functional.cross_entropy(logits, targets.view(-1), ignore_index: NoTarget, reduction: reduction);
    }

    /// <summary>Values of all weights, in file order.</summary>
    public IEnumerable<(string Name, long[] Shape, float[] Values)> WeightValues() =>
        _weights.Select(weight => (weight.Key, weight.Value.shape, weight.Value.data<float>().ToArray()));

    /// <summary>Replaces every weight by its rounded value, so that what is measured next is what a file can hold.</summary>
    public void RoundWeights(Func<float, float> round)
    {
        using IDisposable withoutGradients = no_grad();
        foreach ((string name, long[] shape, float[] values) in WeightValues().ToList())
        {
            using Tensor rounded = tensor(values.Select(round).ToArray(), shape);
            _weights[name].copy_(rounded);
        }
    }

    public void Dispose()
    {
        foreach (Parameter weight in _weights.Values) weight.Dispose();
        _positions.Dispose();
    }
}
