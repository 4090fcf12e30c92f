using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Trireme.Worker.Tests;

/// <summary>
/// Writes a Llama of two layers with seeded random weights. Its output layer knows the printable ASCII bytes only, so that answers are
/// text, never end by themselves, and differ with every prompt.
/// </summary>
internal static class TinyModel
{
    public const int ContextLength = 32_768;

    public const int Hidden = 64;
    private const int Intermediate = 128;
    public const int Layers = 2;
    private const int Heads = 4;
    private const int KeyValueHeads = 2;
    private const int HeadDimension = Hidden / Heads;

    private static readonly string[] Specials = ["<|begin|>", "<|end|>", "<|im_start|>", "<|im_end|>", "[TOOL_CALLS]"];

    private static readonly (string Left, string Right)[] Merges = [("h", "e"), ("t", "he"), ("i", "n"), ("l", "l"), ("o", "r")];

    internal static readonly string[] Alphabet = ByteAlphabet();

    internal static int VocabularySize => 256 + Specials.Length + Merges.Length;

    public static string Write(string folder, int seed = 1)
    {
        Directory.CreateDirectory(folder);
        WriteJson("config.json", new
        {
            architectures = new[] { "LlamaForCausalLM" },
            model_type = "llama",
            hidden_size = Hidden,
            intermediate_size = Intermediate,
            num_hidden_layers = Layers,
            num_attention_heads = Heads,
            num_key_value_heads = KeyValueHeads,
            head_dim = HeadDimension,
            vocab_size = VocabularySize,
            max_position_embeddings = ContextLength,
            rms_norm_eps = 1e-5,
            rope_theta = 10000.0,
            hidden_act = "silu",
            tie_word_embeddings = false,
            bos_token_id = 256,
            eos_token_id = 259,
        });
        WriteJson("tokenizer.json", Tokenizer());
        WriteJson("tokenizer_config.json", new { bos_token = "<|begin|>", eos_token = "<|im_end|>" });
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), Template);
        WriteWeights(Path.Combine(folder, "model.safetensors"), seed);
        return folder;

        void WriteJson(string name, object value) => File.WriteAllText(Path.Combine(folder, name), JsonSerializer.Serialize(value));
    }

    private const string Template =
        """
        {%- for message in messages -%}
        <|im_start|>{{ message['role'] }}
        {{ message['content'] }}<|im_end|>
        {% endfor -%}
        {%- if tools -%}[{{ tools | length }} tools, called between <tool_call> tags]{%- endif -%}
        {%- if add_generation_prompt -%}<|im_start|>assistant
        {% endif -%}
        """;

    private static object Tokenizer()
    {
        Dictionary<string, int> vocabulary = [];
        foreach (string letter in Alphabet) vocabulary.Add(letter, vocabulary.Count);
        foreach (string special in Specials) vocabulary.Add(special, vocabulary.Count);
        foreach ((string left, string right) in Merges) vocabulary.Add(left + right, vocabulary.Count);
        return Tokenizer(vocabulary, Merges.Select(merge => new[] { merge.Left, merge.Right }), Specials);
    }

    /// <summary>A tokenizer.json of byte-level BPE; special tokens follow the 256 bytes.</summary>
    internal static object Tokenizer(Dictionary<string, int> vocabulary, IEnumerable<string[]> merges, IEnumerable<string> specials)
    {
        object[] added = [.. specials.Select((special, index) => new
        {
            id = 256 + index, content = special, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true,
        })];
        var byteLevel = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true };
        return new
        {
            version = "1.0",
            added_tokens = added,
            pre_tokenizer = byteLevel,
            decoder = byteLevel,
            model = new { type = "BPE", vocab = vocabulary, merges },
        };
    }

    private static void WriteWeights(string path, int seed)
    {
        var random = new Random(seed);
        List<(string Name, int[] Shape, float[] Values)> tensors =
        [
            Random("model.embed_tokens.weight", 1, VocabularySize, Hidden),
            Ones("model.norm.weight"),
            Output(),
        ];
        for (int layer = 0; layer < Layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            tensors.Add(Ones(prefix + "input_layernorm.weight"));
            tensors.Add(Ones(prefix + "post_attention_layernorm.weight"));
            tensors.Add(Random(prefix + "self_attn.q_proj.weight", 0.2, Heads * HeadDimension, Hidden));
            tensors.Add(Random(prefix + "self_attn.k_proj.weight", 0.2, KeyValueHeads * HeadDimension, Hidden));
            tensors.Add(Random(prefix + "self_attn.v_proj.weight", 0.2, KeyValueHeads * HeadDimension, Hidden));
            tensors.Add(Random(prefix + "self_attn.o_proj.weight", 0.2, Hidden, Heads * HeadDimension));
            tensors.Add(Random(prefix + "mlp.gate_proj.weight", 0.2, Intermediate, Hidden));
            tensors.Add(Random(prefix + "mlp.up_proj.weight", 0.2, Intermediate, Hidden));
            tensors.Add(Random(prefix + "mlp.down_proj.weight", 0.2, Hidden, Intermediate));
        }

        WriteSafetensors(path, tensors);

        (string, int[], float[]) Ones(string name) => (name, [Hidden], [.. Enumerable.Repeat(1f, Hidden)]);

        (string, int[], float[]) Random(string name, double deviation, int rows, int columns) =>
            (name, [rows, columns], [.. Enumerable.Range(0, rows * columns).Select(_ => (float)(Gaussian() * deviation))]);

        (string, int[], float[]) Output()
        {
            (string name, int[] shape, float[] values) = Random("lm_head.weight", 0.5, VocabularySize, Hidden);
            for (int row = 0; row < VocabularySize; row++)
            {
                if (row is < ' ' or > '~') values.AsSpan(row * Hidden, Hidden).Clear();
            }

            return (name, shape, values);
        }

        double Gaussian() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    internal static void WriteSafetensors(string path, List<(string Name, int[] Shape, float[] Values)> tensors)
    {
        var header = new Dictionary<string, object>();
        long offset = 0;
        foreach ((string name, int[] shape, float[] values) in tensors)
        {
            long end = offset + (values.Length * sizeof(float));
            header.Add(name, new { dtype = "F32", shape, data_offsets = new[] { offset, end } });
            offset = end;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        Array.Resize(ref json, (json.Length + 7) / 8 * 8);
        json.AsSpan().Replace((byte)0, (byte)' ');
        using FileStream file = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        foreach ((_, _, float[] values) in tensors) file.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    /// <summary>GPT-2's letters for bytes: printable ones stand for themselves, the others for letters from U+0100 on.</summary>
    private static string[] ByteAlphabet()
    {
        var letters = new string[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            letters[value] = ((char)(printable ? value : next++)).ToString();
        }

        return letters;
    }
}
