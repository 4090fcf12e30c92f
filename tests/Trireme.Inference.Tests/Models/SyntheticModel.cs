using System.Buffers.Binary;
using System.Text.Json;
using Trireme.Inference.Formats;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Models;

/// <summary>A small random model on disk, with its weights at hand as the numbers the file holds.</summary>
internal sealed class SyntheticModel : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Random _random;
    private readonly string _dataType;

    public SyntheticModel(ModelConfig config, string dataType, int seed, Action<Dictionary<string, Tensor>>? change = null)
    {
        Config = config;
        _dataType = dataType;
        _random = new Random(seed);
        Add("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        Add("model.norm.weight", config.HiddenSize);
        if (!config.TieWordEmbeddings) Add("lm_head.weight", config.VocabularySize, config.HiddenSize);
        for (int i = 0; i < config.LayerCount; i++) AddLayer($"model.layers.{i}.");
        change?.Invoke(Tensors);
        WriteFile();
        Set = SafetensorsSet.OpenFolder(_folder.Path);
    }

    public ModelConfig Config { get; }

    public Dictionary<string, Tensor> Tensors { get; } = [];

    public SafetensorsSet Set { get; }

    /// <summary>Holds the weights and nothing else.</summary>
    public string FolderPath => _folder.Path;

    /// <summary>Grouped queries, an odd head size, untied output and sizes that are no multiple of a vector.</summary>
    public static ModelConfig Awkward { get; } = new()
    {
        Architecture = "llama",
        HiddenSize = 36,
        IntermediateSize = 52,
        LayerCount = 3,
        AttentionHeadCount = 6,
        KeyValueHeadCount = 2,
        HeadDimension = 10,
        VocabularySize = 77,
        ContextLength = 256,
        RmsNormEpsilon = 1e-5f,
        Rope = new RopeConfig { Theta = 10_000 },
    };

    public double[] this[string name] => Tensors[name].Values;

    public void Dispose()
    {
        Set.Dispose();
        _folder.Dispose();
    }

    private void AddLayer(string prefix)
    {
        int queries = Config.AttentionHeadCount * Config.HeadDimension;
        int keys = Config.KeyValueHeadCount * Config.HeadDimension;
        Add(prefix + "input_layernorm.weight", Config.HiddenSize);
        Add(prefix + "post_attention_layernorm.weight", Config.HiddenSize);
        if (Config.Architecture == "gemma2")
        {
            Add(prefix + "pre_feedforward_layernorm.weight", Config.HiddenSize);
            Add(prefix + "post_feedforward_layernorm.weight", Config.HiddenSize);
        }

        if (Config.Architecture == "qwen3")
        {
            Add(prefix + "self_attn.q_norm.weight", Config.HeadDimension);
            Add(prefix + "self_attn.k_norm.weight", Config.HeadDimension);
        }

        AddLinear(prefix + "self_attn.o_proj", Config.HiddenSize, queries, bias: false);
        AddLinear(prefix + "mlp.down_proj", Config.HiddenSize, Config.IntermediateSize, Config.MlpBias);
        if (Config.Architecture == "phi3")
        {
            AddLinear(prefix + "self_attn.qkv_proj", queries + keys + keys, Config.HiddenSize, Config.AttentionBias);
            AddLinear(prefix + "mlp.gate_up_proj", 2 * Config.IntermediateSize, Config.HiddenSize, Config.MlpBias);
            return;
        }

        AddLinear(prefix + "self_attn.q_proj", queries, Config.HiddenSize, Config.AttentionBias);
        AddLinear(prefix + "self_attn.k_proj", keys, Config.HiddenSize, Config.AttentionBias);
        AddLinear(prefix + "self_attn.v_proj", keys, Config.HiddenSize, Config.AttentionBias);
        AddLinear(prefix + "mlp.gate_proj", Config.IntermediateSize, Config.HiddenSize, Config.MlpBias);
        AddLinear(prefix + "mlp.up_proj", Config.IntermediateSize, Config.HiddenSize, Config.MlpBias);
    }

    private void AddLinear(string name, int outputs, int inputs, bool bias)
    {
        Add(name + ".weight", outputs, inputs);
        if (bias) Add(name + ".bias", outputs);
    }

    private void Add(string name, params int[] shape)
    {
        int count = shape.Aggregate(1, (product, size) => product * size);
        var bytes = new List<byte>();
        var values = new double[count];
        for (int i = 0; i < count; i++)
        {
            float value = ((_random.NextSingle() * 2) - 1) * (shape.Length == 1 ? 1 : 0.6f);
            values[i] = Append(bytes, value);
        }

        Tensors.Add(name, new Tensor(shape, [.. bytes], values));
    }

    /// <summary>Returns the value that is left after rounding to the file's type.</summary>
    private double Append(List<byte> bytes, float value)
    {
        Span<byte> buffer = stackalloc byte[4];
        switch (_dataType)
        {
            case "F32":
                BinaryPrimitives.WriteSingleLittleEndian(buffer, value);
                bytes.AddRange(buffer);
                return value;
            case "F16":
                BinaryPrimitives.WriteHalfLittleEndian(buffer, (Half)value);
                bytes.AddRange(buffer[..2]);
                return (double)(Half)value;
            default:
                ushort upper = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
                BinaryPrimitives.WriteUInt16LittleEndian(buffer, upper);
                bytes.AddRange(buffer[..2]);
                return BitConverter.UInt32BitsToSingle((uint)upper << 16);
        }
    }

    private void WriteFile()
    {
        var header = new Dictionary<string, object>();
        long offset = 0;
        foreach ((string name, Tensor tensor) in Tensors)
        {
            header[name] = new { dtype = _dataType, shape = tensor.Shape, data_offsets = new[] { offset, offset + tensor.Bytes.Length } };
            offset += tensor.Bytes.Length;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        using FileStream file = File.Create(_folder.File("model.safetensors"));
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        foreach (Tensor tensor in Tensors.Values) file.Write(tensor.Bytes);
    }
}

internal sealed record Tensor(int[] Shape, byte[] Bytes, double[] Values);
