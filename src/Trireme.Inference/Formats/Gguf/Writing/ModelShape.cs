namespace Trireme.Inference.Formats.Gguf.Writing;

/// <summary>The shape of a published model, without its weights. Numbers are those of the models' own config.json files.</summary>
public sealed record ModelShape
{
    private ModelShape(string name, string split, ModelConfig config)
    {
        Name = name;
        Split = split;
        Config = config;
    }

    public static IReadOnlyList<ModelShape> Known { get; } =
    [
        new("smollm2-135m", "smollm", ModelFamily.Llama.Describe(new ModelConfig
        {
            Architecture = ModelFamily.Llama.Name,
            HiddenSize = 576,
            IntermediateSize = 1536,
            LayerCount = 30,
            AttentionHeadCount = 9,
            KeyValueHeadCount = 3,
            HeadDimension = 64,
            VocabularySize = 49_152,
            ContextLength = 8192,
            RmsNormEpsilon = 1e-5f,
            Rope = new RopeConfig { Theta = 100_000 },
            TieWordEmbeddings = true,
        })),
        new("qwen2.5-0.5b", "qwen2", ModelFamily.Qwen2.Describe(new ModelConfig
        {
            Architecture = ModelFamily.Qwen2.Name,
            HiddenSize = 896,
            IntermediateSize = 4864,
            LayerCount = 24,
            AttentionHeadCount = 14,
            KeyValueHeadCount = 2,
            HeadDimension = 64,
            VocabularySize = 151_936,
            ContextLength = 32_768,
            RmsNormEpsilon = 1e-6f,
            Rope = new RopeConfig { Theta = 1_000_000 },
            TieWordEmbeddings = true,
        })),
        new("llama-3.2-1b", "llama-bpe", ModelFamily.Llama.Describe(new ModelConfig
        {
            Architecture = ModelFamily.Llama.Name,
            HiddenSize = 2048,
            IntermediateSize = 8192,
            LayerCount = 16,
            AttentionHeadCount = 32,
            KeyValueHeadCount = 8,
            HeadDimension = 64,
            VocabularySize = 128_256,
            ContextLength = 131_072,
            RmsNormEpsilon = 1e-5f,
            Rope = new RopeConfig
            {
                Theta = 500_000,
                Llama3 = new Llama3RopeScaling
                {
                    Factor = 32,
                    LowFrequencyFactor = 1,
                    HighFrequencyFactor = 4,
                    OriginalContextLength = 8192,
                },
            },
            TieWordEmbeddings = true,
        })),
    ];

    public string Name { get; init; }

    public ModelConfig Config { get; init; }

    /// <summary>GGUF's name for how the model's tokenizer splits text into words.</summary>
    internal string Split { get; }
}
