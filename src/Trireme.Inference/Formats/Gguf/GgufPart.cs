namespace Trireme.Inference.Formats.Gguf;

/// <summary>
/// One file of a model, which may be split into several (gguf-split in llama.cpp: split.no, split.count, split.tensors.count).
/// </summary>
internal sealed record GgufPart(MappedFile File, GgufHeader Header)
{
    private const int CountMax = 1 << 16;

    public IEnumerable<(MappedFile File, GgufTensorEntry Entry)> Tensors => Header.Tensors.Select(entry => (File, entry));

    /// <summary>Throws <see cref="ModelFormatException"/> for files that do not belong together, or of which some are missing.</summary>
    public static void Check(IReadOnlyList<GgufPart> parts)
    {
        for (int i = 0; i < parts.Count; i++)
        {
            GgufMetadata metadata = parts[i].Header.Metadata;
            int count = metadata.OptionalInt("split.count", 0, CountMax) ?? 1;
            if (Math.Max(1, count) != parts.Count)
            {
                throw metadata.Problem(
                    "split.count",
                    $"is {count}, and by its name the file is one of {parts.Count}.",
                    "Parts keep the names that llama.cpp gave them, such as model-00001-of-00003.gguf, and lie in one folder.");
            }

            int number = metadata.OptionalInt("split.no", 0, CountMax) ?? 0;
            if (number != i) throw metadata.Problem("split.no", $"is {number}, and by its name the file is part {i} counted from 0.");
        }

        GgufMetadata first = parts[0].Header.Metadata;
        int tensors = parts.Sum(static part => part.Header.Tensors.Count);
        if (parts.Count > 1 && first.OptionalInt("split.tensors.count", 0, int.MaxValue) is { } expected && expected != tensors)
        {
            throw first.Problem("split.tensors.count", $"is {expected}, and the files have {tensors} tensors together.");
        }
    }
}
