namespace Trireme.Inference.Formats;

/// <summary>
/// What one family of decoders does differently from Llama, and the values transformers takes where config.json is silent. All families
/// run through one forward pass, which reads these differences from <see cref="ModelConfig"/>.
/// </summary>
internal sealed record ModelFamily
{
    /// <summary>The name in <see cref="ModelConfig.Architecture"/>, which is also GGUF's general.architecture.</summary>
    public required string Name { get; init; }

    /// <summary>The name in config.json.</summary>
    public required string ClassName { get; init; }

    public GateActivation Activation { get; init; }

    /// <summary>The query, key and value projections always have biases.</summary>
    public bool QueryKeyValueBias { get; init; }

    public bool QueryKeyNorm { get; init; }

    public bool FusedProjections { get; init; }

    /// <summary>The file may ask for heads of which only the first dimensions turn.</summary>
    public bool PartialRotary { get; init; }

    public bool PostNorms { get; init; }

    public bool NormsAddOne { get; init; }

    /// <summary>Token embeddings are multiplied by the root of the hidden size.</summary>
    public bool ScalesEmbeddings { get; init; }

    /// <summary>Scores are scaled by query_pre_attn_scalar, and scores and logits are capped.</summary>
    public bool CapsLogits { get; init; }

    /// <summary>Which layers see a window only, where the file sets one.</summary>
    public WindowedLayers WindowedLayers { get; init; }

    public int DefaultContextLength { get; init; } = 2048;

    public double DefaultNormEpsilon { get; init; } = 1e-6;

    /// <summary>Null: the hidden size over the heads.</summary>
    public int? DefaultHeadDimension { get; init; }

    /// <summary>Null: as many as attention heads.</summary>
    public int? DefaultKeyValueHeads { get; init; }

    public bool DefaultTied { get; init; }

    public int? DefaultWindow { get; init; }

    public static ModelFamily Llama { get; } = new() { Name = "llama", ClassName = "LlamaForCausalLM" };

    public static ModelFamily Mistral { get; } = new()
    {
        Name = "mistral",
        ClassName = "MistralForCausalLM",
        WindowedLayers = WindowedLayers.All,
        DefaultContextLength = 131_072,
        DefaultKeyValueHeads = 8,
        DefaultWindow = 4096,
    };

    /// <summary>Also Qwen 2.5.</summary>
    public static ModelFamily Qwen2 { get; } = new()
    {
        Name = "qwen2",
        ClassName = "Qwen2ForCausalLM",
        QueryKeyValueBias = true,
        WindowedLayers = WindowedLayers.Upper,
        DefaultContextLength = 32_768,
        DefaultKeyValueHeads = 32,
        DefaultWindow = 4096,
    };

    public static ModelFamily Qwen3 { get; } = new()
    {
        Name = "qwen3",
        ClassName = "Qwen3ForCausalLM",
        QueryKeyNorm = true,
        WindowedLayers = WindowedLayers.Upper,
        DefaultContextLength = 32_768,
        DefaultHeadDimension = 128,
        DefaultKeyValueHeads = 32,
        DefaultWindow = 4096,
    };

    public static ModelFamily Gemma2 { get; } = new()
    {
        Name = "gemma2",
        ClassName = "Gemma2ForCausalLM",
        Activation = GateActivation.GeluTanh,
        PostNorms = true,
        NormsAddOne = true,
        ScalesEmbeddings = true,
        CapsLogits = true,
        WindowedLayers = WindowedLayers.EveryOther,
        DefaultContextLength = 8192,
        DefaultHeadDimension = 256,
        DefaultKeyValueHeads = 4,
        DefaultTied = true,
        DefaultWindow = 4096,
    };

    /// <summary>The dense models, also Phi-3.5-mini and Phi-4-mini.</summary>
    public static ModelFamily Phi3 { get; } = new()
    {
        Name = "phi3",
        ClassName = "Phi3ForCausalLM",
        FusedProjections = true,
        PartialRotary = true,
        WindowedLayers = WindowedLayers.All,
        DefaultContextLength = 4096,
        DefaultNormEpsilon = 1e-5,
    };

    public static IReadOnlyList<ModelFamily> Known { get; } = [Llama, Mistral, Qwen2, Qwen3, Gemma2, Phi3];

    /// <summary>Adds what follows from the family alone to a model's shape.</summary>
    public ModelConfig Describe(ModelConfig shape) => shape with
    {
        Architecture = Name,
        Activation = Activation,
        AttentionBias = shape.AttentionBias || QueryKeyValueBias,
        QueryKeyNorm = QueryKeyNorm,
        FusedProjections = FusedProjections,
        PostNorms = PostNorms,
        NormsAddOne = NormsAddOne,
        EmbeddingScale = ScalesEmbeddings ? MathF.Sqrt(shape.HiddenSize) : 1,
    };

    /// <summary>Each layer's window for <see cref="ModelConfig.Windows"/>.</summary>
    /// <param name="window">Positions a windowed layer sees.</param>
    /// <param name="layerCount">Layers of the model.</param>
    /// <param name="firstUpper">The first windowed layer of a family that has windows in its upper layers.</param>
    public int[] Windows(int window, int layerCount, int firstUpper = 0)
    {
        var windows = new int[layerCount];
        for (int layer = 0; layer < layerCount; layer++)
        {
            bool isWindowed = WindowedLayers switch
            {
                WindowedLayers.All => true,
                WindowedLayers.EveryOther => layer % 2 == 0,
                WindowedLayers.Upper => layer >= firstUpper,
                _ => false,
            };
            windows[layer] = isWindowed ? window : int.MaxValue;
        }

        return windows;
    }
}

/// <summary>Which layers see a window of the sequence only.</summary>
internal enum WindowedLayers
{
    None,

    All,

    /// <summary>The first, the third and so on.</summary>
    EveryOther,

    /// <summary>From max_window_layers on, where use_sliding_window is set.</summary>
    Upper,
}
