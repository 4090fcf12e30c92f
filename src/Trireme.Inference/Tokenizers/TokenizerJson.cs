using System.Text.Json;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Reads tokenizer.json files of byte-pair encodings: byte-level ones, the kind Llama 3, Qwen, GPT-2 and their relatives use, and those
/// made from SentencePiece vocabularies, as Llama 2, Mistral, Gemma and Phi-3 have. What such a file asks for and this reader does not
/// do is refused by name, never ignored.
/// </summary>
public static class TokenizerJson
{
    private const long FileBytesMax = 256 << 20;
    private const int AddedTokenCountMax = 1 << 16;
    private const int AddedTokenLengthMax = 512;

    /// <summary>Loads a file on its own; a model folder also knows which tokens begin and end a sequence.</summary>
    /// <exception cref="ModelFormatException">The file is missing, malformed or asks for something unsupported.</exception>
    public static BpeTokenizer Load(string path, int? beginOfSequence = null, params IReadOnlyList<int> endOfSequence) =>
        new(Read(path), beginOfSequence, endOfSequence);

    internal static TokenizerDefinition Read(string path) => Read(JsonSection.ReadFile(path, FileBytesMax));

    internal static TokenizerDefinition Read(JsonSection json)
    {
        try
        {
            JsonSection model = json.Section("model") ?? throw json.Missing("model", "an object with vocab and merges");
            Vocabulary vocabulary = BpeModelReader.Vocabulary(model);
            IReadOnlyList<AddedToken> added = AddedTokens(json, vocabulary);
            var preTokenizer = PreTokenizerReader.Read(json);
            CharacterDecoder? characters = preTokenizer.ByteLevel ? null : DecoderReader.ReadCharacters(json);
            if (preTokenizer.ByteLevel) DecoderReader.CheckByteLevel(json);
            return new TokenizerDefinition
            {
                Vocabulary = vocabulary,
                AddedTokens = added,
                Alphabet = characters is null
                    ? BpeModelReader.Bytes(model, vocabulary)
                    : BpeModelReader.Characters(model, vocabulary, characters),
                Merges = BpeModelReader.Merges(model, vocabulary),
                IgnoreMerges = BpeModelReader.IgnoreMerges(model),
                Normalizer = NormalizerReader.Read(json),
                PreTokenizer = preTokenizer.Build(WordSplit.At(characters?.SpaceMark, vocabulary)),
                PostProcessing = PostProcessorReader.Read(json),
                StripsLeadingSpace = characters?.StripsLeadingSpace ?? false,
            };
        }
        catch (InvalidOperationException exception)
        {
            // Keys with half a surrogate pair surface only when they are read.
            throw new ModelFormatException(json.File, "it holds a name that is no valid Unicode text.", "Fetch the file again.", exception);
        }
    }

    private static List<AddedToken> AddedTokens(JsonSection json, Vocabulary vocabulary)
    {
        const string Key = "added_tokens";
        var tokens = new List<AddedToken>();
        var ids = new HashSet<int>();
        foreach (JsonElement element in json.List(Key, AddedTokenCountMax))
        {
            JsonSection entry = json.At(Key, element);
            var token = new AddedToken
            {
                Id = entry.RequiredInt("id", 0, ModelConfig.VocabularySizeMax - 1),
                Content = entry.RequiredString("content"),
                Special = entry.OptionalBool("special") ?? false,
                Normalized = entry.OptionalBool("normalized") ?? true,
                SingleWord = entry.OptionalBool("single_word") ?? false,
                LeftStrip = entry.OptionalBool("lstrip") ?? false,
                RightStrip = entry.OptionalBool("rstrip") ?? false,
            };
            if (token.Content.Length > AddedTokenLengthMax)
            {
                throw entry.Problem("content", $"is longer than {AddedTokenLengthMax} characters.");
            }

            // A token the model also has keeps its id; any other id must be free.
            bool sameEntry = vocabulary.TryGetId(token.Content, out int id) && id == token.Id;
            if (!ids.Add(token.Id) || (!sameEntry && vocabulary.IsText(token.Id)))
            {
                throw entry.Problem("id", $"is {token.Id} for '{token.Content}'; another token has that id.");
            }

            tokens.Add(token);
        }

        return tokens;
    }
}
