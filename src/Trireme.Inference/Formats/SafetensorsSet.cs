using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Trireme.Inference.Formats;

/// <summary>All weights of a model: one safetensors file, or the shards its index names. Owns the mappings.</summary>
public sealed class SafetensorsSet : IDisposable
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";
    private const long IndexBytesMax = 64 << 20;
    private const int ShardCountMax = 1024;

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsTensor> _tensors = new(StringComparer.Ordinal);

    private SafetensorsSet()
    {
    }

    public IReadOnlyCollection<SafetensorsTensor> Tensors => _tensors.Values;

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

    public bool TryGet(string name, [MaybeNullWhen(false)] out SafetensorsTensor tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>A tensor that must be there with this shape. Throws <see cref="ModelFormatException"/>.</summary>
    public SafetensorsTensor Get(string name, params ReadOnlySpan<int> shape)
    {
        if (!_tensors.TryGetValue(name, out SafetensorsTensor? tensor))
        {
            throw new ModelFormatException(SingleFile, $"tensor '{name}' is missing.", "Check that the weights belong to config.json.");
        }

        if (tensor.Shape is int[] found && shape.SequenceEqual(found)) return tensor;
        throw new ModelFormatException(
            SingleFile,
            $"tensor '{name}' has shape [{string.Join(", ", tensor.Shape)}]; config.json asks for [{string.Join(", ", shape.ToArray())}].",
            "Check that the weights belong to config.json.");
    }

    public void Dispose()
    {
        foreach (SafetensorsFile file in _files) file.Dispose();
    }

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
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        foreach (SafetensorsTensor tensor in file.Tensors) _tensors.Add(tensor.Name, tensor);
    }

    private void AddShards(string folder, JsonSection index)
    {
        JsonSection map = index.Section("weight_map") ?? throw index.Missing("weight_map", "an object of tensor names and file names");
        var shards = new Dictionary<string, Dictionary<string, SafetensorsTensor>>(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.Element.EnumerateObject())
        {
            string tensorName = Name(map, entry);
            string fileName = map.Text(tensorName, entry.Value);
            if (!shards.TryGetValue(fileName, out Dictionary<string, SafetensorsTensor>? shard))
            {
                if (shards.Count == ShardCountMax) throw index.Problem("weight_map", $"names more than {ShardCountMax} files.");
                shard = OpenShard(folder, map, tensorName, fileName);
                shards.Add(fileName, shard);
            }

            if (!shard.TryGetValue(tensorName, out SafetensorsTensor? tensor))
            {
                throw map.Problem(tensorName, $"names {fileName}, which does not hold it.");
            }

            if (!_tensors.TryAdd(tensorName, tensor)) throw map.Problem(tensorName, "appears twice.");
        }
    }

    private Dictionary<string, SafetensorsTensor> OpenShard(string folder, JsonSection map, string tensorName, string fileName)
    {
        // A shard lies beside its index; a path would let an index read files anywhere on the machine.
        if (fileName.Length == 0 || fileName is "." or ".." || fileName.AsSpan().ContainsAny('/', '\\', '\0'))
        {
            throw map.Problem(tensorName, "must name a file in the model's folder.");
        }

        var file = SafetensorsFile.Open(Path.Combine(folder, fileName));
        _files.Add(file);
        return file.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    private static string Name(JsonSection map, JsonProperty entry)
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
