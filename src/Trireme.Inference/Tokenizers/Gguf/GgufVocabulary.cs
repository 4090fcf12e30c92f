using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf;

namespace Trireme.Inference.Tokenizers.Gguf;

/// <summary>The vocabulary of a GGUF file as it is stored: one entry per id.</summary>
internal sealed record GgufVocabulary
{
    public const string ModelKey = "tokenizer.ggml.model";
    public const string TokensKey = "tokenizer.ggml.tokens";
    public const string TypesKey = "tokenizer.ggml.token_type";
    public const string ScoresKey = "tokenizer.ggml.scores";
    public const string MergesKey = "tokenizer.ggml.merges";

    private const int TokenBytesMax = 4096;

    /// <summary>What tokens that end an answer are called in keys such as tokenizer.ggml.eos_token_id.</summary>
    public static IReadOnlyList<string> EndNames { get; } = ["eos", "eot", "eom"];

    public required GgufMetadata Metadata { get; init; }

    public required string[] Tokens { get; init; }

    public required GgufTokenType[] Types { get; init; }

    public static GgufVocabulary Read(GgufMetadata metadata)
    {
        string[] tokens = metadata.Strings(TokensKey, ModelConfig.VocabularySizeMax, TokenBytesMax)
            ?? throw metadata.Missing(TokensKey, "a list of strings");
        int[]? types = metadata.Integers(TypesKey, ModelConfig.VocabularySizeMax, 0, (int)GgufTokenType.Byte);
        if (types is not null && types.Length != tokens.Length)
        {
            throw metadata.Problem(TypesKey, $"has {types.Length} elements; {TokensKey} has {tokens.Length}.");
        }

        return new GgufVocabulary
        {
            Metadata = metadata,
            Tokens = tokens,
            Types = [.. (types ?? Enumerable.Repeat((int)GgufTokenType.Normal, tokens.Length)).Select(type => (GgufTokenType)type)],
        };
    }

    /// <summary>The token a key such as tokenizer.ggml.bos_token_id names, or null when the key is absent.</summary>
    public int? Special(string name) => Metadata.OptionalInt($"tokenizer.ggml.{name}_token_id", 0, Tokens.Length - 1);

    /// <summary>Every token with its spelling.</summary>
    public KeyValuePair<string, int>[] All() => [.. Tokens.Select(KeyValuePair.Create)];

    /// <summary>The tokens that text may become by merging. Of tokens spelled alike the last counts, as in llama.cpp.</summary>
    public Dictionary<string, int> TextTokens(Predicate<GgufTokenType> include)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < Tokens.Length; id++)
        {
            if (include(Types[id])) vocabulary[Tokens[id]] = id;
        }

        return vocabulary;
    }

    /// <summary>The tokens that are matched as a whole in text as given.</summary>
    public IReadOnlyList<AddedToken> AddedTokens()
    {
        // The files do not say so, but Phi-3's control tokens take the white space after them, bar those that bound a text.
        bool strips = Metadata.OptionalString("general.architecture") == "phi3";
        var added = new List<AddedToken>();
        for (int id = 0; id < Tokens.Length; id++)
        {
            bool special = Types[id] is GgufTokenType.Control or GgufTokenType.Unknown;
            if (!special && Types[id] != GgufTokenType.UserDefined) continue;
            added.Add(new AddedToken
            {
                Id = id,
                Content = Tokens[id],
                Special = special,
                RightStrip = strips && special && Tokens[id] is not ("<unk>" or "<s>" or "<|endoftext|>"),
            });
        }

        return added;
    }

    /// <summary>The tokens around a text.</summary>
    public PostProcessing PostProcessing(bool addsBegin)
    {
        bool begins = Metadata.OptionalBool("tokenizer.ggml.add_bos_token") ?? addsBegin;
        bool ends = Metadata.OptionalBool("tokenizer.ggml.add_eos_token") ?? false;
        return new PostProcessing(
            begins && Special("bos") is { } begin ? [begin] : [],
            ends && Special("eos") is { } end ? [end] : []);
    }
}

/// <summary>What a token is, by its number in the file.</summary>
internal enum GgufTokenType
{
    Undefined = 0,
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
