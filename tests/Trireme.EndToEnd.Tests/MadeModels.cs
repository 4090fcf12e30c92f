using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>
/// Models made from the sample: one that is slow because its layers are there many times over, and one that can compute no answer because
/// its last weights are no numbers.
/// </summary>
internal static class MadeModels
{
    private const int Times = 16;
    private const string Layers = "model.layers.";

    public static void Write(string folder)
    {
        Copy(Path.Combine(folder, "made-deep"), Deepen, static config =>
            config["num_hidden_layers"] = (int)config["num_hidden_layers"]! * Times);
        Copy(Path.Combine(folder, "made-damaged"), static tensors => [.. tensors.Select(Damage)], static _ => { });
    }

    private static void Copy(string target, Func<List<Tensor>, List<Tensor>> change, Action<JsonObject> configure)
    {
        string source = Repository.PathOf("samples", "models", "tiny");
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(source)) File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!.AsObject();
        configure(config);
        File.WriteAllText(Path.Combine(target, "config.json"), config.ToJsonString());
        WriteTensors(Path.Combine(target, "model.safetensors"), change(ReadTensors(Path.Combine(source, "model.safetensors"))));
    }

    private static List<Tensor> Deepen(List<Tensor> tensors)
    {
        int layers = 1 + tensors.Where(static tensor => tensor.Name.StartsWith(Layers, StringComparison.Ordinal))
            .Max(static tensor => LayerOf(tensor.Name));
        return
        [
            .. tensors.SelectMany(tensor => tensor.Name.StartsWith(Layers, StringComparison.Ordinal)
                ? Enumerable.Range(0, Times).Select(time => InLayer(tensor, LayerOf(tensor.Name) + (time * layers)))
                : [tensor]),
        ];
    }

    private static int LayerOf(string name) => int.Parse(name.Split('.')[2], System.Globalization.CultureInfo.InvariantCulture);

    private static Tensor InLayer(Tensor tensor, int layer)
    {
        string[] parts = tensor.Name.Split('.');
        parts[2] = layer.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return tensor with { Name = string.Join('.', parts) };
    }

    private static Tensor Damage(Tensor tensor)
    {
        if (tensor.Name != "model.norm.weight") return tensor;
        byte[] bytes = new byte[tensor.Bytes.Length];
        Array.Fill(bytes, byte.MaxValue);
        return tensor with { Bytes = bytes };
    }

    private static List<Tensor> ReadTensors(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        int data = sizeof(long) + length;
        JsonObject header = JsonNode.Parse(file.AsSpan(sizeof(long), length))!.AsObject();
        var tensors = new List<Tensor>();
        foreach ((string name, JsonNode? entry) in header)
        {
            if (name == "__metadata__") continue;
            (int begin, int end) = ((int)entry!["data_offsets"]![0]!, (int)entry["data_offsets"]![1]!);
            tensors.Add(new Tensor(name, (string)entry["dtype"]!, entry["shape"]!.AsArray(), file[(data + begin)..(data + end)]));
        }

        return tensors;
    }

    private static void WriteTensors(string path, List<Tensor> tensors)
    {
        var header = new JsonObject();
        int offset = 0;
        foreach (Tensor tensor in tensors)
        {
            int end = offset + tensor.Bytes.Length;
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = tensor.Type,
                ["shape"] = tensor.Shape.DeepClone(),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        byte[] json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        using FileStream file = File.Create(path);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        foreach (Tensor tensor in tensors) file.Write(tensor.Bytes);
    }

    private sealed record Tensor(string Name, string Type, JsonArray Shape, byte[] Bytes);
}
