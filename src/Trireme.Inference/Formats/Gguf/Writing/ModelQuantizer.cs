using System.Buffers;
using Trireme.Inference.Models;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Formats.Gguf.Writing;

/// <summary>Writes a model as a GGUF file with its weights in another precision, for Trireme and llama.cpp alike.</summary>
public static class ModelQuantizer
{
    /// <summary>The types a file's weights may get.</summary>
    public static IReadOnlyList<TensorType> Types => TensorEncoder.Types;

    /// <summary>
    /// Reads a folder in Hugging Face's layout, with a byte-level tokenizer, or a GGUF file, and writes a GGUF file. A GGUF file's
    /// metadata stays as it is.
    /// </summary>
    /// <param name="source">The folder or file.</param>
    /// <param name="target">The file, which is replaced when it exists.</param>
    /// <param name="type">One of <see cref="Types"/>.</param>
    /// <param name="threads">Most threads that encode rows.</param>
    /// <param name="progress">Told the bytes of weights written so far, and all that there will be.</param>
    /// <param name="cancellationToken">Stops; no file is left then.</param>
    /// <exception cref="ModelFormatException">The model is malformed, or the format has no way to express what it needs.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Quantize(
        string source, string target, TensorType type, int threads, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        using StoredModel model = StoredModel.Open(source);
        // Checks names and shapes of all tensors before anything is written.
        using (new DecoderWeights(model.Config, model.Weights, new WeightOptions { MeasureOnly = true }))
        {
        }

        var file = new GgufWriter();
        if (model.Weights is GgufSet stored) AddStored(stored, type, file);
        else AddFolder(model, type, file);
        long all = file.TensorBytes;
        file.Write(target, threads, progress is null ? null : written => progress(written, all), cancellationToken);
    }

    private static void AddStored(GgufSet source, TensorType type, GgufWriter file)
    {
        foreach (string key in source.Metadata.Keys)
        {
            if (!QuantizationRules.Describes(key)) file.AddStored(key, source.Metadata.StoredBytes(key));
        }

        QuantizationRules.Describe(type, file);
        foreach (ModelTensor tensor in source.StoredTensors)
        {
            TensorType written = QuantizationRules.TypeOf(tensor.Name, tensor.Shape, type);
            if (written == tensor.Type)
            {
                int rows = tensor.Shape.Count == 1 ? 1 : tensor.RowCount;
                int rowBytes = checked((int)(tensor.ByteLength / rows));
                file.Add(new GgufTensor(
                    tensor.Name, written, tensor.Shape, (row, bytes) => tensor.Slice((long)row * rowBytes, rowBytes).CopyTo(bytes)));
            }
            else
            {
                file.Add(Encoded(tensor.Name, tensor, written, order: null, added: 0));
            }
        }
    }

    private static void AddFolder(StoredModel model, TensorType type, GgufWriter file)
    {
        ModelConfig config = model.Config;
        var architecture = GgufArchitecture.For(ModelFamily.Known.First(family => family.Name == config.Architecture));
        TokenizerDefinition tokenizer = TokenizerJson.Read(Path.Combine(model.Path, "tokenizer.json"));
        GgufConfigWriter.Write(config, architecture, Path.GetFileName(Path.GetFullPath(model.Path)), file);
        QuantizationRules.Describe(type, file);
        VocabularyConversion.Convert(model, tokenizer).WriteTo(file);
        foreach (ModelTensor tensor in model.Weights.Tensors)
        {
            // Tied models may hold the embedding twice, and older ones what the configuration gives as well.
            bool repeats = config.TieWordEmbeddings && tensor.Name == "lm_head.weight";
            if (repeats || architecture.FileName(tensor.Name) is not { } name) continue;
            RotaryRowOrder? order = architecture.RowOrder(tensor.Name, config.HeadDimension);
            bool isNorm = tensor.Shape.Count == 1 && name.EndsWith("norm.weight", StringComparison.Ordinal);
            TensorType written = QuantizationRules.TypeOf(name, tensor.Shape, type);
            file.Add(Encoded(name, tensor, written, order, added: isNorm && config.NormsAddOne ? 1 : 0));
        }
    }

    /// <summary>A tensor whose rows are read as numbers and stored anew.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="source">Where the numbers are.</param>
    /// <param name="type">How they are stored.</param>
    /// <param name="order">How the file orders the rows; null for the source's order.</param>
    /// <param name="added">Added to every number.</param>
    private static GgufTensor Encoded(string name, ModelTensor source, TensorType type, RotaryRowOrder? order, float added)
    {
        bool isVector = source.Shape.Count == 1;
        int columns = source.Shape[^1];
        return new GgufTensor(name, type, source.Shape, (row, bytes) =>
        {
            float[] rented = ArrayPool<float>.Shared.Rent(columns);
            Span<float> values = rented.AsSpan(0, columns);
            int from = isVector || order is null ? row : order.RowAt(row);
            TensorRows.Read(source, (long)from * columns, values);
            if (isVector && order is not null) Reorder(values, order);
            if (added != 0) foreach (ref float value in values) value += added;
            bool fits = TensorEncoder.TryEncode(type, values, bytes);
            ArrayPool<float>.Shared.Return(rented);
            if (fits) return;
            throw new ModelFormatException(
                source.Name, $"row {from} holds numbers too large for {type}.", "Choose bf16, which holds the numbers of float32.");
        });
    }

    private static void Reorder(Span<float> values, RotaryRowOrder order)
    {
        float[] original = values.ToArray();
        for (int i = 0; i < original.Length; i++) values[i] = original[order.RowAt(i)];
    }
}
