namespace Trireme.Inference.Formats;

/// <summary>The shape of a model, from config.json; every value is range-checked.</summary>
public sealed record ModelConfig
{
    /// <summary>Ten times the largest published vocabularies; tables by token id stay within tens of megabytes.</summary>
    internal const int VocabularySizeMax = 1 << 22;

    /// <summary>"llama".</summary>
    public required string Architecture { get; init; }

    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int LayerCount { get; init; }

    public required int AttentionHeadCount { get; init; }

    /// <summary>Divides the attention heads: fewer than those means grouped-query attention.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Even, because rotary embedding turns dimensions in pairs.</summary>
    public required int HeadDimension { get; init; }

    public required int VocabularySize { get; init; }

    /// <summary>Longest sequence in tokens: max_position_embeddings.</summary>
    public required int ContextLength { get; init; }

    public required float RmsNormEpsilon { get; init; }

    public required RopeConfig Rope { get; init; }

    /// <summary>The output projection is the token embedding; the weights then hold no lm_head.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>The four attention projections have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>The three feed-forward projections have biases.</summary>
    public bool MlpBias { get; init; }

    public int? BeginOfSequence { get; init; }

    public IReadOnlyList<int> EndOfSequence { get; init; } = [];

    /// <summary>Reads config.json. Throws <see cref="ModelFormatException"/>.</summary>
    public static ModelConfig Load(string path) => ModelConfigReader.Read(JsonSection.ReadFile(path, ModelConfigReader.FileBytesMax));
}
