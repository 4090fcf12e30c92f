using Trireme.Inference.Formats;

namespace Trireme.Inference.Tests.Models;

/// <summary>The Llama forward pass as its papers write it: in double precision, one sequence, no cache, nothing clever.</summary>
internal sealed class ReferenceModel(SyntheticModel model)
{
    private readonly ModelConfig _config = model.Config;

    /// <summary>Logits after each token.</summary>
    public double[][] Logits(IReadOnlyList<int> tokens)
    {
        double[][] states = [.. tokens.Select(token => Row("model.embed_tokens.weight", token))];
        for (int layer = 0; layer < _config.LayerCount; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            double[][] normed = [.. states.Select(state => Norm(state, prefix + "input_layernorm.weight"))];
            double[][] attended = Attend(normed, prefix + "self_attn.");
            for (int i = 0; i < states.Length; i++)
            {
                states[i] = Add(states[i], Linear(attended[i], prefix + "self_attn.o_proj"));
                double[] input = Norm(states[i], prefix + "post_attention_layernorm.weight");
                double[] gate = Linear(input, prefix + "mlp.gate_proj"), up = Linear(input, prefix + "mlp.up_proj");
                double[] gated = [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)];
                states[i] = Add(states[i], Linear(gated, prefix + "mlp.down_proj"));
            }
        }

        string output = _config.TieWordEmbeddings ? "model.embed_tokens" : "lm_head";
        return [.. states.Select(state => Linear(Norm(state, "model.norm.weight"), output))];
    }

    private double[][] Attend(double[][] inputs, string prefix)
    {
        int size = _config.HeadDimension;
        double[][] queries = [.. inputs.Select((input, i) => Rotate(Linear(input, prefix + "q_proj"), i))];
        double[][] keys = [.. inputs.Select((input, i) => Rotate(Linear(input, prefix + "k_proj"), i))];
        double[][] values = [.. inputs.Select(input => Linear(input, prefix + "v_proj"))];
        var outputs = new double[inputs.Length][];
        for (int i = 0; i < inputs.Length; i++)
        {
            outputs[i] = new double[_config.AttentionHeadCount * size];
            for (int head = 0; head < _config.AttentionHeadCount; head++)
            {
                int shared = head / (_config.AttentionHeadCount / _config.KeyValueHeadCount);
                var weights = new double[i + 1];
                for (int j = 0; j <= i; j++)
                {
                    double score = 0;
                    for (int d = 0; d < size; d++) score += queries[i][(head * size) + d] * keys[j][(shared * size) + d];
                    weights[j] = Math.Exp(score / Math.Sqrt(size));
                }

                for (int j = 0; j <= i; j++)
                {
                    double weight = weights[j] / weights.Sum();
                    for (int d = 0; d < size; d++) outputs[i][(head * size) + d] += weight * values[j][(shared * size) + d];
                }
            }
        }

        return outputs;
    }

    private double[] Rotate(double[] heads, int position)
    {
        int size = _config.HeadDimension;
        var turned = new double[heads.Length];
        for (int i = 0; i < heads.Length; i++)
        {
            int dimension = i % size;
            bool isLow = dimension < size / 2;
            double partner = isLow ? -heads[i + (size / 2)] : heads[i - (size / 2)];
            double angle = position * Math.Pow(_config.Rope.Theta, -2.0 * (dimension % (size / 2)) / size);
            turned[i] = (heads[i] * Math.Cos(angle)) + (partner * Math.Sin(angle));
        }

        return turned;
    }

    private double[] Norm(double[] input, string weight)
    {
        double scale = 1 / Math.Sqrt((input.Sum(value => value * value) / input.Length) + _config.RmsNormEpsilon);
        return [.. input.Zip(model[weight], (value, factor) => value * scale * factor)];
    }

    private double[] Linear(double[] input, string name)
    {
        double[] weight = model[name + ".weight"];
        var output = new double[weight.Length / input.Length];
        for (int row = 0; row < output.Length; row++)
        {
            for (int column = 0; column < input.Length; column++) output[row] += weight[(row * input.Length) + column] * input[column];
            if (model.Tensors.TryGetValue(name + ".bias", out Tensor? bias)) output[row] += bias.Values[row];
        }

        return output;
    }

    private double[] Row(string name, int row) => model[name][(row * _config.HiddenSize)..((row + 1) * _config.HiddenSize)];

    private static double[] Add(double[] left, double[] right) => [.. left.Zip(right, (a, b) => a + b)];
}
