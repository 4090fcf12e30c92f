namespace Trireme.Inference.Formats.Gguf;

/// <summary>
/// Reads a model's shape from GGUF metadata. The keys are those of ggml's docs/gguf.md, each behind the architecture's name; absent
/// ones take the values llama.cpp gives them.
/// </summary>
internal sealed class GgufConfigReader
{
    // The limits of config.json.
    private const int WidthMax = 1 << 20;
    private const int CountMax = 1 << 12;
    private const int ContextMax = 1 << 26;

    private readonly GgufMetadata _metadata;
    private readonly string _architecture;
    private readonly int _hiddenSize;
    private readonly int _headCount;

    public GgufConfigReader(GgufMetadata metadata, string architecture)
    {
        _metadata = metadata;
        _architecture = architecture;
        _hiddenSize = metadata.RequiredInt(Key("embedding_length"), 1, WidthMax);
        _headCount = metadata.RequiredInt(Key("attention.head_count"), 1, CountMax);
        HeadDimension = ReadHeadDimension();
    }

    public int HeadDimension { get; }

    /// <param name="vocabularySize">Rows of the token embedding, which some conversions pad beyond the tokens.</param>
    /// <param name="tiesEmbeddings">The file has no output projection of its own.</param>
    /// <param name="rotaryFactors">Divisors of the rotary frequencies, one per pair, or null.</param>
    public ModelConfig Read(int vocabularySize, bool tiesEmbeddings, IReadOnlyList<float>? rotaryFactors)
    {
        RefuseUnsupported();
        if (vocabularySize > ModelConfig.VocabularySizeMax)
        {
            throw _metadata.Problem(Key("vocab_size"), $"is {vocabularySize}; the most is {ModelConfig.VocabularySizeMax}.");
        }

        int keyValueHeads = _metadata.OptionalInt(Key("attention.head_count_kv"), 1, CountMax) ?? _headCount;
        if (_headCount % keyValueHeads != 0)
        {
            throw _metadata.Problem(Key("attention.head_count_kv"), $"is {keyValueHeads}, which does not divide {_headCount} heads.");
        }

        return new ModelConfig
        {
            Architecture = _architecture,
            HiddenSize = _hiddenSize,
            IntermediateSize = _metadata.RequiredInt(Key("feed_forward_length"), 1, WidthMax),
            LayerCount = _metadata.RequiredInt(Key("block_count"), 1, CountMax),
            AttentionHeadCount = _headCount,
            KeyValueHeadCount = keyValueHeads,
            HeadDimension = HeadDimension,
            VocabularySize = vocabularySize,
            ContextLength = _metadata.RequiredInt(Key("context_length"), 1, ContextMax),
            RmsNormEpsilon = (float)(_metadata.OptionalDouble(Key("attention.layer_norm_rms_epsilon"), 1e-12, 1)
                ?? throw _metadata.Missing(Key("attention.layer_norm_rms_epsilon"), "a number")),
            Rope = new RopeConfig
            {
                Theta = _metadata.OptionalDouble(Key("rope.freq_base"), 1, 1e12) ?? 10_000,
                FrequencyDivisors = rotaryFactors,
            },
            TieWordEmbeddings = tiesEmbeddings,
            BeginOfSequence = _metadata.OptionalInt("tokenizer.ggml.bos_token_id", 0, vocabularySize - 1),
            EndOfSequence = _metadata.OptionalInt("tokenizer.ggml.eos_token_id", 0, vocabularySize - 1) is { } end ? [end] : [],
        };
    }

    private string Key(string name) => $"{_architecture}.{name}";

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

    /// <summary>What llama.cpp would compute and this engine does not.</summary>
    private void RefuseUnsupported()
    {
        int experts = _metadata.OptionalInt(Key("expert_count"), 0, int.MaxValue) ?? 0;
        if (experts > 0) throw _metadata.Unsupported(Key("expert_count"), $"is {experts}; the engine computes models without experts.");
        int rotated = _metadata.OptionalInt(Key("rope.dimension_count"), 1, WidthMax) ?? HeadDimension;
        if (rotated != HeadDimension)
        {
            throw _metadata.Unsupported(Key("rope.dimension_count"), $"is {rotated}; the engine turns whole heads of {HeadDimension}.");
        }

        string scaling = _metadata.OptionalString(Key("rope.scaling.type")) ?? "none";
        if (scaling != "none") throw _metadata.Unsupported(Key("rope.scaling.type"), $"is '{scaling}'; known is none.");
    }
}
