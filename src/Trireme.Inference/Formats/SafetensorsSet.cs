using System.Text.Json;

namespace Trireme.Inference.Formats;

/// <summary>All weights of a model: one safetensors file, or the shards its index names. Owns the mappings.</summary>
public sealed class SafetensorsSet : TensorSet
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";
    private const long IndexBytesMax = 64 << 20;
    private const int ShardCountMax = 1024;

    private SafetensorsSet()
        : base(SingleFile)
    {
    }

    /// <summary>Maps a folder's weights. Throws <see cref="ModelFormatException"/>.</summary>
    public static SafetensorsSet OpenFolder(string folder)
    {
        string single = Path.Combine(folder, SingleFile);
        if (File.Exists(single)) return OpenFile(single);
        string index = Path.Combine(folder, IndexFile);
        if (File.Exists(index)) return Open(set => set.AddShards(folder, JsonSection.ReadFile(index, IndexBytesMax)));
        throw new ModelFormatException(
            SingleFile,
            $"neither it nor {IndexFile} is in {folder}.",
            "Fetch the model's safetensors weights; other formats are not read.");
    }

    /// <summary>Maps one file. Throws <see cref="ModelFormatException"/>.</summary>
    public static SafetensorsSet OpenFile(string path) => Open(set => set.AddAll(path));

    private static SafetensorsSet Open(Action<SafetensorsSet> fill)
    {
        var set = new SafetensorsSet();
        try
        {
            fill(set);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    private void AddAll(string path)
    {
        foreach (ModelTensor tensor in Read(path)) TryAdd(tensor);
    }

    private void AddShards(string folder, JsonSection index)
    {
        JsonSection map = index.Section("weight_map") ?? throw index.Missing("weight_map", "an object of tensor names and file names");
        var shards = new Dictionary<string, Dictionary<string, ModelTensor>>(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.Element.EnumerateObject())
        {
            string tensorName = TensorName(map, entry);
            string fileName = map.Text(tensorName, entry.Value);
            if (!shards.TryGetValue(fileName, out Dictionary<string, ModelTensor>? shard))
            {
                if (shards.Count == ShardCountMax) throw index.Problem("weight_map", $"names more than {ShardCountMax} files.");
                shard = OpenShard(folder, map, tensorName, fileName);
                shards.Add(fileName, shard);
            }

            if (!shard.TryGetValue(tensorName, out ModelTensor? tensor))
            {
                throw map.Problem(tensorName, $"names {fileName}, which does not hold it.");
            }

            if (!TryAdd(tensor)) throw map.Problem(tensorName, "appears twice.");
        }
    }

    private Dictionary<string, ModelTensor> OpenShard(string folder, JsonSection map, string tensorName, string fileName)
    {
        // A shard lies beside its index; a path would let an index read files anywhere on the machine.
        if (fileName.Length == 0 || fileName is "." or ".." || fileName.AsSpan().ContainsAny('/', '\\', '\0'))
        {
            throw map.Problem(tensorName, "must name a file in the model's folder.");
        }

        return Read(Path.Combine(folder, fileName)).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    private IReadOnlyList<ModelTensor> Read(string path) =>
        new SafetensorsHeader(Own(MappedFile.Open(path, SafetensorsHeader.PrefixBytes))).Read();

    private static string TensorName(JsonSection map, JsonProperty entry)
    {
        try
        {
            return entry.Name;
        }
        catch (InvalidOperationException)
        {
            throw map.Problem("", "holds a name that is no valid Unicode text.");
        }
    }
}
