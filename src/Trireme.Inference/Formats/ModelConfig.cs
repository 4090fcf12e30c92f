namespace Trireme.Inference.Formats;

/// <summary>
/// The shape of a model and what sets it apart from a plain Llama; every value is range-checked by its reader. What
/// follows from the architecture alone is filled in by the family: see <see cref="ModelFamily.Describe"/>.
/// </summary>
public sealed record ModelConfig
{
    /// <summary>Ten times the largest published vocabularies; tables by token id stay within tens of megabytes.</summary>
    internal const int VocabularySizeMax = 1 << 22;

    /// <summary>The family's name, such as "llama".</summary>
    public required string Architecture { get; init; }

    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int LayerCount { get; init; }

    public required int AttentionHeadCount { get; init; }

    /// <summary>Divides the attention heads: fewer than those means grouped-query attention.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Even, because rotary embedding turns dimensions in pairs; need not be the hidden size over the heads.</summary>
    public required int HeadDimension { get; init; }

    public required int VocabularySize { get; init; }

    /// <summary>Longest sequence in tokens: max_position_embeddings.</summary>
    public required int ContextLength { get; init; }

    public required float RmsNormEpsilon { get; init; }

    public required RopeConfig Rope { get; init; }

    /// <summary>The output projection is the token embedding; the weights then hold no lm_head.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>The query, key and value projections have biases; the attention output's is used where the file has one.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>The three feed-forward projections have biases.</summary>
    public bool MlpBias { get; init; }

    /// <summary>What the feed-forward network's gate goes through.</summary>
    public GateActivation Activation { get; init; }

    /// <summary>Each head's query and key go through a norm of their own before they are turned.</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>The file holds queries, keys and values as one matrix and gate and up as another, one below the other.</summary>
    public bool FusedProjections { get; init; }

    /// <summary>What attention and the feed-forward network give goes through a norm before it is added to the hidden state.</summary>
    public bool PostNorms { get; init; }

    /// <summary>Norms multiply by one plus the weight in the file.</summary>
    public bool NormsAddOne { get; init; }

    /// <summary>What token embeddings are multiplied by.</summary>
    public float EmbeddingScale { get; init; } = 1;

    /// <summary>What products of queries and keys are multiplied by; one over the root of the head dimension when null.</summary>
    public float? AttentionScale { get; init; }

    /// <summary>Attention scores become cap * tanh(score / cap).</summary>
    public float? AttentionLogitCap { get; init; }

    /// <summary>Logits become cap * tanh(logit / cap).</summary>
    public float? FinalLogitCap { get; init; }

    /// <summary>
    /// How many positions a token of each layer sees, its own included; <see cref="int.MaxValue"/> is all. Empty when no layer has a
    /// window.
    /// </summary>
    public IReadOnlyList<int> Windows { get; init; } = [];

    public int? BeginOfSequence { get; init; }

    public IReadOnlyList<int> EndOfSequence { get; init; } = [];

    /// <summary>Reads config.json. Throws <see cref="ModelFormatException"/>.</summary>
    public static ModelConfig Load(string path) => ModelConfigReader.Read(JsonSection.ReadFile(path, ModelConfigReader.FileBytesMax));

    /// <summary>Positions a token sees in a layer, its own included; <see cref="int.MaxValue"/> is all.</summary>
    public int WindowOf(int layer) => Windows.Count == 0 ? int.MaxValue : Windows[layer];
}

/// <summary>The gate of a gated feed-forward network (Shazeer 2020).</summary>
public enum GateActivation
{
    /// <summary>x * sigmoid(x).</summary>
    Silu,

    /// <summary>The Gaussian error linear unit by its tanh approximation (Hendrycks and Gimpel 2016).</summary>
    GeluTanh,
}
