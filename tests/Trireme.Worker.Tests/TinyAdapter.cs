using System.Text.Json;

namespace Trireme.Worker.Tests;

/// <summary>Writes an adapter of the tiny model in PEFT's layout, with seeded random factors that change every answer.</summary>
internal static class TinyAdapter
{
    private const int Rank = 4;

    public static string Write(string folder, int seed = 1, int rank = Rank)
    {
        Directory.CreateDirectory(folder);
        string[] modules = ["q_proj", "o_proj"];
        var config = new { peft_type = "LORA", r = rank, lora_alpha = 4 * rank, target_modules = modules, bias = "none" };
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), JsonSerializer.Serialize(config));
        var random = new Random(seed);
        List<(string Name, int[] Shape, float[] Values)> tensors = [];
        for (int layer = 0; layer < TinyModel.Layers; layer++)
        {
            foreach (string module in modules)
            {
                string prefix = $"base_model.model.model.layers.{layer}.self_attn.{module}.";
                tensors.Add(Factor(prefix + "lora_A.weight", rank, TinyModel.Hidden));
                tensors.Add(Factor(prefix + "lora_B.weight", TinyModel.Hidden, rank));
            }
        }

        TinyModel.WriteSafetensors(Path.Combine(folder, "adapter_model.safetensors"), tensors);
        return folder;

        (string, int[], float[]) Factor(string name, int rows, int columns) =>
            (name, [rows, columns], [.. Enumerable.Range(0, rows * columns).Select(_ => (random.NextSingle() - 0.5f) * 0.6f)]);
    }
}
