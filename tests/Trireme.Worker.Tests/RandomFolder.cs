using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Trireme.Inference.Formats;

namespace Trireme.Worker.Tests;

/// <summary>Writes a Llama with random bfloat16 weights as a folder in Hugging Face's layout, and adapters for it.</summary>
internal static class RandomFolder
{
    /// <summary>bfloat16 numbers of either sign from 1/64 to 1/32: sign and mantissa are drawn, the exponent is not.</summary>
    private const ushort DrawnBits = 0x807F;

    private const ushort FixedBits = 0x3C80;
    private const ushort One = 0x3F80;

    public static string Write(string folder, ModelConfig config)
    {
        Directory.CreateDirectory(folder);
        WriteJson(folder, "config.json", new
        {
            architectures = new[] { "LlamaForCausalLM" },
            model_type = "llama",
            hidden_size = config.HiddenSize,
            intermediate_size = config.IntermediateSize,
            num_hidden_layers = config.LayerCount,
            num_attention_heads = config.AttentionHeadCount,
            num_key_value_heads = config.KeyValueHeadCount,
            head_dim = config.HeadDimension,
            vocab_size = config.VocabularySize,
            max_position_embeddings = config.ContextLength,
            rms_norm_eps = config.RmsNormEpsilon,
            rope_theta = config.Rope.Theta,
            hidden_act = "silu",
            tie_word_embeddings = true,
            torch_dtype = "bfloat16",
        });
        WriteJson(folder, "tokenizer.json", TinyModel.Tokenizer(Vocabulary(config.VocabularySize, out List<string[]> merges), merges, []));
        List<(string Name, int[] Shape)> tensors =
        [
            ("model.embed_tokens.weight", [config.VocabularySize, config.HiddenSize]),
            ("model.norm.weight", [config.HiddenSize]),
        ];
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            tensors.Add((prefix + "input_layernorm.weight", [config.HiddenSize]));
            tensors.Add((prefix + "post_attention_layernorm.weight", [config.HiddenSize]));
            foreach ((string name, int outputs, int inputs) in Modules(config)) tensors.Add(($"{prefix}{name}.weight", [outputs, inputs]));
        }

        WriteTensors(Path.Combine(folder, "model.safetensors"), tensors);
        return folder;
    }

    /// <summary>An adapter for all linear modules, with single-precision factors, which take the most memory.</summary>
    public static string WriteAdapter(string folder, ModelConfig config, int rank)
    {
        Directory.CreateDirectory(folder);
        var settings = new { peft_type = "LORA", r = rank, lora_alpha = rank, target_modules = "all-linear", bias = "none" };
        WriteJson(folder, "adapter_config.json", settings);
        List<(string Name, int[] Shape, float[] Values)> factors = [];
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            foreach ((string name, int outputs, int inputs) in Modules(config))
            {
                string prefix = $"base_model.model.model.layers.{layer}.{name}.";
                factors.Add((prefix + "lora_A.weight", [rank, inputs], Constant(rank * inputs)));
                factors.Add((prefix + "lora_B.weight", [outputs, rank], Constant(outputs * rank)));
            }
        }

        TinyModel.WriteSafetensors(Path.Combine(folder, "adapter_model.safetensors"), factors);
        return folder;

        static float[] Constant(int length)
        {
            var values = new float[length];
            Array.Fill(values, 0.001f);
            return values;
        }
    }

    private static (string Name, int Outputs, int Inputs)[] Modules(ModelConfig config)
    {
        int queries = config.AttentionHeadCount * config.HeadDimension;
        int keys = config.KeyValueHeadCount * config.HeadDimension;
        return
        [
            ("self_attn.q_proj", queries, config.HiddenSize),
            ("self_attn.k_proj", keys, config.HiddenSize),
            ("self_attn.v_proj", keys, config.HiddenSize),
            ("self_attn.o_proj", config.HiddenSize, queries),
            ("mlp.gate_proj", config.IntermediateSize, config.HiddenSize),
            ("mlp.up_proj", config.IntermediateSize, config.HiddenSize),
            ("mlp.down_proj", config.HiddenSize, config.IntermediateSize),
        ];
    }

    /// <summary>Every string of bytes, shorter ones first; each token is a shorter one and a byte.</summary>
    private static Dictionary<string, int> Vocabulary(int count, out List<string[]> merges)
    {
        var tokens = new List<string>(TinyModel.Alphabet);
        merges = [];
        for (int id = tokens.Count; id < count; id++)
        {
            (int start, int last) = Math.DivRem(id - 256, 256);
            merges.Add([tokens[start], tokens[last]]);
            tokens.Add(tokens[start] + tokens[last]);
        }

        return tokens.Select((token, id) => KeyValuePair.Create(token, id)).ToDictionary();
    }

    private static void WriteTensors(string path, List<(string Name, int[] Shape)> tensors)
    {
        var header = new Dictionary<string, object>();
        long offset = 0;
        foreach ((string name, int[] shape) in tensors)
        {
            long end = offset + (shape.Aggregate(1L, (product, size) => product * size) * sizeof(ushort));
            header.Add(name, new { dtype = "BF16", shape, data_offsets = new[] { offset, end } });
            offset = end;
        }

        using FileStream file = File.Create(path);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        var random = new Random(1);
        foreach ((_, int[] shape) in tensors)
        {
            var row = new ushort[shape[^1]];
            for (int i = 0; i < (shape.Length == 1 ? 1 : shape[0]); i++)
            {
                random.NextBytes(MemoryMarshal.AsBytes(row.AsSpan()));
                for (int j = 0; j < row.Length; j++) row[j] = shape.Length == 1 ? One : (ushort)((row[j] & DrawnBits) | FixedBits);
                file.Write(MemoryMarshal.AsBytes(row.AsSpan()));
            }
        }
    }

    private static void WriteJson(string folder, string name, object value) =>
        File.WriteAllText(Path.Combine(folder, name), JsonSerializer.Serialize(value));
}
