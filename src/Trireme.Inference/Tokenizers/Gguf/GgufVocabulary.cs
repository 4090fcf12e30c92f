using System.Text;
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

    /// <summary>The spellings.</summary>
    public required ByteStrings Tokens { get; init; }

    public required GgufTokenType[] Types { get; init; }

    public static GgufVocabulary Read(GgufMetadata metadata)
    {
        ByteStrings tokens = metadata.Strings(TokensKey, ModelConfig.VocabularySizeMax, TokenBytesMax)
            ?? throw metadata.Missing(TokensKey, "a list of strings");
        int[]? types = metadata.Integers(TypesKey, ModelConfig.VocabularySizeMax, 0, (int)GgufTokenType.Byte);
        if (types is not null && types.Length != tokens.Count)
        {
            throw metadata.Problem(TypesKey, $"has {types.Length} elements; {TokensKey} has {tokens.Count}.");
        }

        return new GgufVocabulary
        {
            Metadata = metadata,
            Tokens = tokens,
            Types = [.. (types ?? Enumerable.Repeat((int)GgufTokenType.Normal, tokens.Count)).Select(type => (GgufTokenType)type)],
        };
    }

    /// <summary>The token a key such as tokenizer.ggml.bos_token_id names, or null when the key is absent.</summary>
    public int? Special(string name) => Metadata.OptionalInt($"tokenizer.ggml.{name}_token_id", 0, Tokens.Count - 1);

    /// <summary>A token's spelling as text.</summary>
    public string Text(int id) => Encoding.UTF8.GetString(Tokens[id]);

    /// <summary>All tokens, of which text may become some. Of tokens spelled alike the last counts, as in llama.cpp.</summary>
    public Vocabulary Of(Predicate<GgufTokenType> isText) => new(Tokens, id => isText(Types[id]));

    /// <summary>The tokens that are matched as a whole in text as given.</summary>
    public IReadOnlyList<AddedToken> AddedTokens()
    {
        // The files do not say so, but Phi-3's control tokens take the white space after them, bar those that bound a text.
        bool strips = Metadata.OptionalString("general.architecture") == "phi3";
        var added = new List<AddedToken>();
        for (int id = 0; id < Tokens.Count; id++)
        {
            bool special = Types[id] is GgufTokenType.Control or GgufTokenType.Unknown;
            if (!special && Types[id] != GgufTokenType.UserDefined) continue;
            string content = Text(id);
            added.Add(new AddedToken
            {
                Id = id,
                Content = content,
                Special = special,
                RightStrip = strips && special && content is not ("<unk>" or "<s>" or "<|endoftext|>"),
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
