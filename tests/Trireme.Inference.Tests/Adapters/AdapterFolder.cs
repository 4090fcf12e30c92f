using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Inference.Adapters;
using Trireme.Inference.Formats;
using Trireme.Inference.Tests.Formats;
using Trireme.Inference.Tests.Models;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Adapters;

/// <summary>A random adapter on disk in PEFT's layout, with its factors at hand as the numbers the file holds.</summary>
internal sealed class AdapterFolder : IDisposable
{
    public const string ConfigFile = "adapter_config.json";
    public const string WeightsFile = "adapter_model.safetensors";

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random;
    private readonly string _dataType;
    private readonly List<(string Module, int Rank, double[] First, double[] Second)> _factors = [];

    public AdapterFolder(
        ModelConfig model,
        int seed,
        int rank = 4,
        string dataType = "F32",
        string[]? targets = null,
        Func<string, int>? ranks = null,
        Action<JsonObject>? change = null)
    {
        _random = new Random(seed);
        _dataType = dataType;
        string[] names = targets ?? [.. BaseModule.Of(model).Select(module => module.Name.Split('.')[^1])];
        var config = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["base_model_name_or_path"] = "somewhere/base",
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["lora_alpha"] = 2 * rank,
            ["lora_dropout"] = 0.05,
            ["r"] = rank,
            ["rank_pattern"] = new JsonObject(),
            ["target_modules"] = new JsonArray([.. names.Select(name => (JsonNode)name)]),
            ["task_type"] = "CAUSAL_LM",
            ["use_dora"] = false,
            ["use_rslora"] = false,
        };
        change?.Invoke(config);
        for (int layer = 0; layer < model.LayerCount; layer++)
        {
            foreach (BaseModule module in BaseModule.Of(model).Where(module => names.Contains(module.Name.Split('.')[^1])))
            {
                Add($"model.layers.{layer}.{module.Name}", ranks?.Invoke(module.Name) ?? rank, module.Inputs, module.Outputs);
            }
        }

        Config = config.ToJsonString(JsonSerializerOptions.Default);
        Weights = Builder.Build();
        Write();
    }

    public string Path => _folder.Path;

    /// <summary>The text of adapter_config.json.</summary>
    public string Config { get; set; }

    /// <summary>The bytes of adapter_model.safetensors.</summary>
    public byte[] Weights { get; set; }

    private SafetensorsBuilder Builder { get; } = new();

    public static string Name(string module, string factor) => $"base_model.model.{module}.lora_{factor}.weight";

    /// <summary>Writes what was changed.</summary>
    public void Write()
    {
        File.WriteAllText(_folder.File(ConfigFile), Config);
        File.WriteAllBytes(_folder.File(WeightsFile), Weights);
    }

    public LoraAdapter Load(ModelConfig model, string name = "test")
    {
        using var stored = StoredAdapter.Open(Path, model);
        return LoraAdapter.Load(name, stored);
    }

    /// <summary>Adds scale x B x A to a model's weights, in double precision.</summary>
    public void MergeInto(SyntheticModel model, Func<string, int, double>? scale = null)
    {
        foreach ((string module, int rank, double[] first, double[] second) in _factors)
        {
            Tensor tensor = model.Tensors[module + ".weight"];
            int columns = tensor.Shape[1];
            double factor = scale?.Invoke(module, rank) ?? 2;
            var merged = new double[tensor.Values.Length];
            for (int i = 0; i < merged.Length; i++)
            {
                (int row, int column) = Math.DivRem(i, columns);
                merged[i] = tensor.Values[i];
                for (int k = 0; k < rank; k++) merged[i] += factor * second[(row * rank) + k] * first[(k * columns) + column];
            }

            model.Tensors[module + ".weight"] = tensor with { Values = merged };
        }
    }

    public void Dispose() => _folder.Dispose();

    private void Add(string module, int rank, int inputs, int outputs) =>
        _factors.Add((module, rank, Add(Name(module, "A"), rank, inputs), Add(Name(module, "B"), outputs, rank)));

    private double[] Add(string name, int rows, int columns)
    {
        var values = new double[rows * columns];
        int size = _dataType == "F32" ? 4 : 2;
        var bytes = new byte[values.Length * size];
        for (int i = 0; i < values.Length; i++)
        {
            float value = ((_random.NextSingle() * 2) - 1) * 0.3f;
            Span<byte> to = bytes.AsSpan(i * size);
            switch (_dataType)
            {
                case "F32":
                    BinaryPrimitives.WriteSingleLittleEndian(to, value);
                    values[i] = value;
                    break;
                case "F16":
                    BinaryPrimitives.WriteHalfLittleEndian(to, (Half)value);
                    values[i] = (double)(Half)value;
                    break;
                default:
                    ushort upper = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
                    BinaryPrimitives.WriteUInt16LittleEndian(to, upper);
                    values[i] = BitConverter.UInt32BitsToSingle((uint)upper << 16);
                    break;
            }
        }

        Builder.Add(name, _dataType, [rows, columns], bytes);
        return values;
    }
}
