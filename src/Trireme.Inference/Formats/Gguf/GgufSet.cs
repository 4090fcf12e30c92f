using Trireme.Contracts.Resources;

namespace Trireme.Inference.Formats.Gguf;

/// <summary>
/// The weights of a GGUF file under Hugging Face's names, with the rows of Llama's query and key projections in Hugging Face's order.
/// Owns the mapping.
/// </summary>
public sealed class GgufSet : TensorSet
{
    private GgufSet(string name)
        : base(name, describedBy: "the file's metadata")
    {
    }

    public ModelConfig Config { get; private set; } = null!;

    internal GgufMetadata Metadata { get; private set; } = null!;

    /// <summary>All tensors under the file's names, with their rows as they lie in the file.</summary>
    internal IReadOnlyList<ModelTensor> StoredTensors { get; private set; } = [];

    /// <summary>
    /// Maps a file, and with it those that hold the other parts of a split model, and checks all of their headers. The first part's
    /// metadata describes the model. Throws <see cref="ModelFormatException"/>.
    /// </summary>
    public static GgufSet Open(string path)
    {
        var set = new GgufSet(Path.GetFileName(path));
        try
        {
            set.Read([.. GgufParts.Of(path).Select(part => set.Own(MappedFile.Open(part, GgufHeader.BytesMin)))]);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    private void Read(IReadOnlyList<MappedFile> files)
    {
        IReadOnlyList<GgufPart> parts = [.. files.Select(static file => new GgufPart(file, GgufHeader.Read(file)))];
        GgufPart.Check(parts);
        Metadata = parts[0].Header.Metadata;
        var architecture = GgufArchitecture.Of(Metadata);
        GgufKeys.Check(Metadata);
        var config = new GgufConfigReader(Metadata, architecture.Family);
        int headDimension = config.HeadDimension;
        StoredTensors = [.. parts.SelectMany(static part => part.Header.Tensors.Select(entry => Stored(part.File, entry)))];
        var divisors = new Dictionary<string, double[]>();
        foreach ((MappedFile file, GgufTensorEntry entry) in parts.SelectMany(static part => part.Tensors))
        {
            if (GgufConfigReader.RotaryDivisors.Contains(entry.Name))
            {
                divisors.Add(entry.Name, ReadDivisors(file, entry, config.RotatedDimensions / 2));
                continue;
            }

            string name = architecture.TensorName(entry.Name);
            RotaryRowOrder? order = architecture.RowOrder(name, headDimension);
            if (order is not null && entry.Shape[0] % headDimension != 0)
            {
                throw Malformed($"tensor '{entry.Name}' has {entry.Shape[0]} rows, no multiple of the head's {headDimension}.");
            }

            // Two names of the file may mean the same tensor, such as layers 1 and 01.
            if (!TryAdd(new ModelTensor(file, name, entry.Type, entry.Shape, entry.Offset, entry.ByteLength, order)))
            {
                throw Malformed($"tensor '{entry.Name}' is there under another name too.");
            }
        }

        if (!TryGet("model.embed_tokens.weight", out ModelTensor? embedding) || embedding.Shape.Count != 2)
        {
            throw Malformed("it has no matrix 'token_embd.weight'.");
        }

        Config = config.Read(embedding.RowCount, tiesEmbeddings: !TryGet("lm_head.weight", out _), divisors);
    }

    private double[] ReadDivisors(MappedFile file, GgufTensorEntry entry, int count)
    {
        if (entry.Shape is not [var length] || length != count || entry.Type != TensorType.F32)
        {
            throw Malformed($"tensor '{entry.Name}' has no {count} F32 numbers, one per pair of dimensions that turn.");
        }

        var factors = new float[count];
        TensorRows.Read(Stored(file, entry), 0, factors);
        if (factors.Any(factor => !float.IsFinite(factor) || factor <= 0))
        {
            throw Malformed($"tensor '{entry.Name}' holds a number that is not above 0.");
        }

        return [.. factors.Select(factor => (double)factor)];
    }

    private static ModelTensor Stored(MappedFile file, GgufTensorEntry entry) =>
        new(file, entry.Name, entry.Type, entry.Shape, entry.Offset, entry.ByteLength);

    private ModelFormatException Malformed(string problem) => new(Name, problem, GgufCursor.Remedy);
}
