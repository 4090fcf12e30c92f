using Trireme.Inference.Formats;

namespace Trireme.Inference.Tests.Models;

/// <summary>
/// Forward passes as the models' papers and reference code write them: in double precision, one sequence, no cache, nothing clever.
/// Which family computes what is written out here once more, by name, so that a wrong description of a family shows.
/// </summary>
internal sealed class ReferenceModel(SyntheticModel model, int? servedContext = null)
{
    private readonly ModelConfig _config = model.Config;

    private bool IsGemma => _config.Architecture == "gemma2";

    /// <summary>Logits after each token.</summary>
    public double[][] Logits(IReadOnlyList<int> tokens)
    {
        string output = _config.TieWordEmbeddings ? "model.embed_tokens" : "lm_head";
        return [.. States(tokens).Select(state => Cap(Linear(state, output), _config.FinalLogitCap))];
    }

    /// <summary>The hidden state of each token after the last norm.</summary>
    public double[][] States(IReadOnlyList<int> tokens)
    {
        double[][] states = [.. tokens.Select(token => Row("model.embed_tokens.weight", token))];
        if (IsGemma) states = [.. states.Select(state => Scale(state, Math.Sqrt(_config.HiddenSize)))];
        for (int layer = 0; layer < _config.LayerCount; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            double[][] normed = [.. states.Select(state => Norm(state, prefix + "input_layernorm.weight"))];
            double[][] attended = Attend(normed, prefix + "self_attn.", _config.WindowOf(layer));
            for (int i = 0; i < states.Length; i++)
            {
                double[] projected = Linear(attended[i], prefix + "self_attn.o_proj");
                if (IsGemma) projected = Norm(projected, prefix + "post_attention_layernorm.weight");
                states[i] = Add(states[i], projected);
                string before = IsGemma ? "pre_feedforward_layernorm.weight" : "post_attention_layernorm.weight";
                double[] fed = FeedForward(Norm(states[i], prefix + before), prefix + "mlp.");
                if (IsGemma) fed = Norm(fed, prefix + "post_feedforward_layernorm.weight");
                states[i] = Add(states[i], fed);
            }
        }

        return [.. states.Select(state => Norm(state, "model.norm.weight"))];
    }

    private double[] FeedForward(double[] input, string prefix)
    {
        double[] gate, up;
        if (_config.Architecture == "phi3")
        {
            double[] both = Linear(input, prefix + "gate_up_proj");
            (gate, up) = (both[..(both.Length / 2)], both[(both.Length / 2)..]);
        }
        else
        {
            (gate, up) = (Linear(input, prefix + "gate_proj"), Linear(input, prefix + "up_proj"));
        }

        double[] gated = [.. gate.Zip(up, (g, u) => (IsGemma ? Gelu(g) : g / (1 + Math.Exp(-g))) * u)];
        return Linear(gated, prefix + "down_proj");
    }

    private static double Gelu(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    private (double[] Query, double[] Key, double[] Value) Project(double[] input, string prefix, int position)
    {
        int size = _config.HeadDimension;
        int queries = _config.AttentionHeadCount * size, keys = _config.KeyValueHeadCount * size;
        double[] query, key, value;
        if (_config.Architecture == "phi3")
        {
            double[] all = Linear(input, prefix + "qkv_proj");
            (query, key, value) = (all[..queries], all[queries..(queries + keys)], all[(queries + keys)..]);
        }
        else
        {
            (query, key, value) = (Linear(input, prefix + "q_proj"), Linear(input, prefix + "k_proj"), Linear(input, prefix + "v_proj"));
        }

        if (_config.Architecture == "qwen3")
        {
            query = [.. query.Chunk(size).SelectMany(head => Norm(head, prefix + "q_norm.weight"))];
            key = [.. key.Chunk(size).SelectMany(head => Norm(head, prefix + "k_norm.weight"))];
        }

        return (
            [.. query.Chunk(size).SelectMany(head => Rotate(head, position))],
            [.. key.Chunk(size).SelectMany(head => Rotate(head, position))],
            value);
    }

    private double[][] Attend(double[][] inputs, string prefix, int window)
    {
        int size = _config.HeadDimension;
        (double[] Query, double[] Key, double[] Value)[] rows = [.. inputs.Select((input, i) => Project(input, prefix, i))];
        double scale = _config.AttentionScale ?? 1 / Math.Sqrt(size);
        var outputs = new double[inputs.Length][];
        for (int i = 0; i < inputs.Length; i++)
        {
            outputs[i] = new double[_config.AttentionHeadCount * size];
            for (int head = 0; head < _config.AttentionHeadCount; head++)
            {
                int shared = head / (_config.AttentionHeadCount / _config.KeyValueHeadCount);
                var scores = new double[i + 1];
                for (int j = 0; j <= i; j++)
                {
                    for (int d = 0; d < size; d++) scores[j] += rows[i].Query[(head * size) + d] * rows[j].Key[(shared * size) + d] * scale;
                }

                double[] weights = [.. Cap(scores, _config.AttentionLogitCap).Select((score, j) => i - j < window ? Math.Exp(score) : 0)];
                for (int j = 0; j <= i; j++)
                {
                    double weight = weights[j] / weights.Sum();
                    for (int d = 0; d < size; d++) outputs[i][(head * size) + d] += weight * rows[j].Value[(shared * size) + d];
                }
            }
        }

        return outputs;
    }

    private double[] Rotate(double[] head, int position)
    {
        int turning = _config.Rope.Dimensions ?? head.Length;
        double[] turned = [.. head];
        double magnitude = 1;
        IReadOnlyList<double>? factors = null;
        if (_config.Rope.LongRope is { } extension)
        {
            bool isLong = (servedContext ?? _config.ContextLength) > extension.OriginalContextLength;
            factors = isLong ? extension.LongFactors : extension.ShortFactors;
            double times = (double)_config.ContextLength / extension.OriginalContextLength;
            magnitude = Math.Sqrt(1 + (Math.Log(times) / Math.Log(extension.OriginalContextLength)));
        }

        for (int i = 0; i < turning / 2; i++)
        {
            int partner = i + (turning / 2);
            double angle = position / ((factors?[i] ?? 1) * Math.Pow(_config.Rope.Theta, 2.0 * i / turning));
            turned[i] = magnitude * ((head[i] * Math.Cos(angle)) - (head[partner] * Math.Sin(angle)));
            turned[partner] = magnitude * ((head[partner] * Math.Cos(angle)) + (head[i] * Math.Sin(angle)));
        }

        return turned;
    }

    private double[] Norm(double[] input, string weight)
    {
        double scale = 1 / Math.Sqrt((input.Sum(value => value * value) / input.Length) + _config.RmsNormEpsilon);
        return [.. input.Zip(model[weight], (value, factor) => value * scale * (IsGemma ? 1 + factor : factor))];
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

    private static double[] Cap(double[] values, double? cap) =>
        cap is { } limit ? [.. values.Select(value => limit * Math.Tanh(value / limit))] : values;

    private static double[] Scale(double[] values, double factor) => [.. values.Select(value => value * factor)];

    private static double[] Add(double[] left, double[] right) => [.. left.Zip(right, (a, b) => a + b)];
}
