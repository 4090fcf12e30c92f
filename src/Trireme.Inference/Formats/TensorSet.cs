using System.Diagnostics.CodeAnalysis;

namespace Trireme.Inference.Formats;

/// <summary>
/// All weights of a model, by the names Hugging Face's layout gives them, whatever file format they lie in. Owns the mapped files.
/// </summary>
public abstract class TensorSet : IDisposable
{
    private readonly List<MappedFile> _files = [];
    private readonly Dictionary<string, ModelTensor> _tensors = new(StringComparer.Ordinal);

    private readonly string _describedBy;

    private protected TensorSet(string name, string describedBy = "config.json")
    {
        Name = name;
        _describedBy = describedBy;
    }

    /// <summary>The file, or the first of them, for messages.</summary>
    public string Name { get; }

    public IReadOnlyCollection<ModelTensor> Tensors => _tensors.Values;

    public bool TryGet(string name, [MaybeNullWhen(false)] out ModelTensor tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>A tensor that must be there with this shape. Throws <see cref="ModelFormatException"/>.</summary>
    public ModelTensor Get(string name, params ReadOnlySpan<int> shape)
    {
        if (!_tensors.TryGetValue(name, out ModelTensor? tensor))
        {
            throw new ModelFormatException(Name, $"tensor '{name}' is missing.", $"Check that the weights belong to {_describedBy}.");
        }

        if (tensor.Shape is int[] found && shape.SequenceEqual(found)) return tensor;
        string wanted = string.Join(", ", shape.ToArray());
        throw new ModelFormatException(
            Name,
            $"tensor '{name}' has shape [{string.Join(", ", tensor.Shape)}]; {_describedBy} asks for [{wanted}].",
            $"Check that the weights belong to {_describedBy}.");
    }

    public void Dispose()
    {
        foreach (MappedFile file in _files) file.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes over a mapping, which is then disposed with the set.</summary>
    private protected MappedFile Own(MappedFile file)
    {
        _files.Add(file);
        return file;
    }

    private protected bool TryAdd(ModelTensor tensor) => _tensors.TryAdd(tensor.Name, tensor);
}
