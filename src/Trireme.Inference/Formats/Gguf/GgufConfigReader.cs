namespace Trireme.Inference.Formats.Gguf;

/// <summary>
/// Reads a model's shape from GGUF metadata. The keys are those of ggml's docs/gguf.md, each behind the architecture's name; absent
/// ones take the values llama.cpp gives them.
/// </summary>
internal sealed class GgufConfigReader
{
    public const string Divisors = "rope_freqs.weight";
    public const string ShortDivisors = "rope_factors_short.weight";
    public const string LongDivisors = "rope_factors_long.weight";

    // The limits of config.json.
    private const int WidthMax = 1 << 20;
    private const int CountMax = 1 << 12;

    // The only Gemma 2 whose scores are scaled by other than the head dimension, told apart by its layers as in llama.cpp.
    private const int Gemma2LargeLayerCount = 46;

    private readonly GgufMetadata _metadata;
    private readonly ModelFamily _family;
    private readonly int _hiddenSize;
    private readonly int _headCount;

    public GgufConfigReader(GgufMetadata metadata, ModelFamily family)
    {
        _metadata = metadata;
        _family = family;
        _hiddenSize = metadata.RequiredInt(Key("embedding_length"), 1, WidthMax);
        _headCount = metadata.RequiredInt(Key("attention.head_count"), 1, CountMax);
        HeadDimension = ReadHeadDimension();
        RotatedDimensions = ReadRotatedDimensions();
    }

    /// <summary>The tensors that hold divisors of the rotary frequencies; part of the configuration, not weights.</summary>
    public static IReadOnlySet<string> RotaryDivisors { get; } = new HashSet<string> { Divisors, ShortDivisors, LongDivisors };

    public int HeadDimension { get; }

    public int RotatedDimensions { get; }

    /// <param name="vocabularySize">Rows of the token embedding, which some conversions pad beyond the tokens.</param>
    /// <param name="tiesEmbeddings">The file has no output projection of its own.</param>
    /// <param name="divisors">The contents of <see cref="RotaryDivisors"/> that the file has, one number per pair.</param>
    public ModelConfig Read(int vocabularySize, bool tiesEmbeddings, IReadOnlyDictionary<string, double[]> divisors)
    {
        RefuseExperts();
        if (vocabularySize > ModelConfig.VocabularySizeMax)
        {
            throw _metadata.Problem(Key("vocab_size"), $"is {vocabularySize}; the most is {ModelConfig.VocabularySizeMax}.");
        }

        int layers = _metadata.RequiredInt(Key("block_count"), 1, CountMax);
        const string EpsilonKey = "attention.layer_norm_rms_epsilon";
        double epsilon = _metadata.OptionalDouble(Key(EpsilonKey), 1e-12, 1) ?? throw _metadata.Missing(Key(EpsilonKey), "a number");
        ModelConfig config = _family.Describe(new ModelConfig
        {
            Architecture = _family.Name,
            HiddenSize = _hiddenSize,
            IntermediateSize = _metadata.RequiredInt(Key("feed_forward_length"), 1, WidthMax),
            LayerCount = layers,
            AttentionHeadCount = _headCount,
            KeyValueHeadCount = KeyValueHeads(),
            HeadDimension = HeadDimension,
            VocabularySize = vocabularySize,
            ContextLength = _metadata.RequiredInt(Key("context_length"), 1, ModelConfigReader.ContextMax),
            RmsNormEpsilon = (float)epsilon,
            Rope = Rope(divisors),
            TieWordEmbeddings = tiesEmbeddings,
            AttentionScale = _family.CapsLogits ? AttentionScale(layers, _hiddenSize, _headCount, HeadDimension) : null,
            AttentionLogitCap = _family.CapsLogits ? Cap("attn_logit_softcapping", 50) : null,
            FinalLogitCap = _family.CapsLogits ? Cap("final_logit_softcapping", 30) : null,
            Windows = Windows(layers),
            BeginOfSequence = _metadata.OptionalInt("tokenizer.ggml.bos_token_id", 0, vocabularySize - 1),
            EndOfSequence = _metadata.OptionalInt("tokenizer.ggml.eos_token_id", 0, vocabularySize - 1) is { } end ? [end] : [],
        });
        // The conversion has added the one to the weights.
        return config with { NormsAddOne = false };
    }

    /// <summary>What files of the family that caps logits mean without saying it.</summary>
    public static float AttentionScale(int layers, int hiddenSize, int headCount, int headDimension)
    {
        double scaled = layers == Gemma2LargeLayerCount ? (double)hiddenSize / headCount : headDimension;
        return (float)(1 / Math.Sqrt(scaled));
    }

    private string Key(string name) => $"{_family.Name}.{name}";

    private int ReadHeadDimension()
    {
        string key = Key("attention.key_length");
        int? given = _metadata.OptionalInt(key, 1, WidthMax);
        if (given is null && _hiddenSize % _headCount != 0)
        {
            throw _metadata.Missing(key, $"the size of a head, as {_headCount} heads do not divide {_hiddenSize}");
        }

        int dimension = given ?? _hiddenSize / _headCount;
        if (dimension % 2 != 0) throw _metadata.Problem(key, $"is {dimension}; rotary embedding needs an even number.");
        if ((long)dimension * _headCount > WidthMax) throw _metadata.Problem(key, $"times the number of heads is above {WidthMax}.");
        int values = _metadata.OptionalInt(Key("attention.value_length"), 1, WidthMax) ?? dimension;
        if (values != dimension) throw _metadata.Unsupported(Key("attention.value_length"), $"is {values}; keys have {dimension}.");
        return dimension;
    }

    private int ReadRotatedDimensions()
    {
        string key = Key("rope.dimension_count");
        int rotated = _metadata.OptionalInt(key, 2, WidthMax) ?? HeadDimension;
        if (rotated == HeadDimension) return rotated;
        if (!_family.PartialRotary) throw _metadata.Unsupported(key, $"is {rotated}; the engine turns whole heads of {HeadDimension}.");
        if (rotated % 2 == 0 && rotated < HeadDimension) return rotated;
        throw _metadata.Problem(key, $"is {rotated}; expected an even number up to the head's {HeadDimension}.");
    }

    private int KeyValueHeads()
    {
        int count = _metadata.OptionalInt(Key("attention.head_count_kv"), 1, CountMax) ?? _headCount;
        if (_headCount % count == 0) return count;
        throw _metadata.Problem(Key("attention.head_count_kv"), $"is {count}, which does not divide {_headCount} heads.");
    }

    private RopeConfig Rope(IReadOnlyDictionary<string, double[]> divisors)
    {
        string scalingKey = Key("rope.scaling.type");
        string? scaling = _metadata.OptionalString(scalingKey);
        bool extends = divisors.ContainsKey(ShortDivisors) && divisors.ContainsKey(LongDivisors);
        // LongRoPE's conversions name it or say nothing: its factors are what llama.cpp goes by.
        if (scaling is not (null or "none" or "linear") && !(extends && scaling == "longrope"))
        {
            throw _metadata.Unsupported(scalingKey, $"is '{scaling}'; known are none, linear, and longrope with its factors.");
        }

        // A file that names a factor and no type means positions divided by it, as in llama.cpp; an older key says the same.
        string factorKey = _metadata.Contains(Key("rope.scaling.factor")) ? Key("rope.scaling.factor") : Key("rope.scale_linear");
        double factor = _metadata.OptionalDouble(factorKey, 0, 1e6) ?? 1;
        if (factor == 0 || scaling == "none") factor = 1;
        if (extends && factor != 1) throw _metadata.Unsupported(factorKey, $"is {factor}, beside the factors of longrope.");
        const string AttentionKey = "rope.scaling.attn_factor";
        double attention = _metadata.OptionalDouble(Key(AttentionKey), 1e-3, 1e6) ?? 1;
        if (!extends && attention != 1)
        {
            throw _metadata.Unsupported(Key(AttentionKey), $"is {attention}; the engine reads it with longrope.");
        }


        return new RopeConfig
        {
            Theta = _metadata.OptionalDouble(Key("rope.freq_base"), 1, 1e12) ?? 10_000,
            Dimensions = RotatedDimensions == HeadDimension ? null : RotatedDimensions,
            FrequencyDivisors = RopeConfig.Stretch(divisors.GetValueOrDefault(Divisors), factor, RotatedDimensions / 2),
            LongRope = !extends ? null : new LongRopeScaling
            {
                ShortFactors = divisors[ShortDivisors],
                LongFactors = divisors[LongDivisors],
                OriginalContextLength =
                    _metadata.RequiredInt(Key("rope.scaling.original_context_length"), 2, ModelConfigReader.ContextMax),
                AttentionFactor = attention,
            },
        };
    }

    private float Cap(string name, double absent) => (float)(_metadata.OptionalDouble(Key(name), 1e-3, 1e6) ?? absent);

    private int[] Windows(int layers)
    {
        // Mistral's files are Llama's, with a window where the model has one.
        ModelFamily family = _family == ModelFamily.Llama ? ModelFamily.Mistral : _family;
        if (family.WindowedLayers is not (WindowedLayers.All or WindowedLayers.EveryOther)) return [];
        int window = _metadata.OptionalInt(Key("attention.sliding_window"), 0, ModelConfigReader.ContextMax)
            ?? (family.WindowedLayers == WindowedLayers.EveryOther ? family.DefaultWindow ?? 0 : 0);
        return window == 0 ? [] : family.Windows(window, layers);
    }

    /// <summary>Mixtures of experts go by the name of the dense architecture.</summary>
    private void RefuseExperts()
    {
        int experts = _metadata.OptionalInt(Key("expert_count"), 0, int.MaxValue) ?? 0;
        if (experts > 0) throw _metadata.Unsupported(Key("expert_count"), $"is {experts}; the engine computes models without experts.");
    }
}
