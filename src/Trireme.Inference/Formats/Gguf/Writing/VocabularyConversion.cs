using System.Globalization;
using System.Text;
using Trireme.Inference.Tokenizers;
using Trireme.Inference.Tokenizers.Gguf;

namespace Trireme.Inference.Formats.Gguf.Writing;

/// <summary>Turns a tokenizer.json into what GGUF keeps of it, or refuses what GGUF has no words for.</summary>
internal static class VocabularyConversion
{
    private const string File = "tokenizer.json";
    private const string Remedy = "Convert the folder with llama.cpp's convert_hf_to_gguf.py, then quantise the GGUF file.";

    public static VocabularyToWrite Convert(StoredModel model, TokenizerDefinition tokenizer)
    {
        if (tokenizer.Alphabet is not ByteLevelAlphabet) throw Refused("it holds a SentencePiece vocabulary, whose scores it lacks.");
        if (tokenizer.PostProcessing.Suffix.Count > 0) throw Refused("it puts tokens behind a text.");
        bool composes = tokenizer.Normalizer.Steps is [ComposeStep];
        if (!composes && tokenizer.Normalizer.Steps.Count > 0) throw Refused("its normalizer is not NFC.");
        string split = ByteLevelVocabulary.NameOf(tokenizer.PreTokenizer, tokenizer.IgnoreMerges, composes)
            ?? throw Refused("llama.cpp has no name for its pre_tokenizer.");
        int? begin = model.Tokenizer.BeginOfSequence;
        IReadOnlyList<int> prefix = tokenizer.PostProcessing.Prefix;
        if (prefix.Count > 1 || (prefix.Count == 1 && prefix[0] != begin))
        {
            throw Refused("it puts other tokens than bos_token before a text.");
        }

        (string[] tokens, GgufTokenType[] types) = Tokens(tokenizer, model.Config.VocabularySize);
        return new VocabularyToWrite
        {
            Split = split,
            Tokens = tokens,
            Types = types,
            Merges =
            [
                .. tokenizer.Merges.Pairs()
                    .OrderBy(pair => pair.Merge.Rank)
                    .Select(pair => $"{tokens[pair.Left]} {tokens[pair.Right]}"),
            ],
            BeginOfSequence = begin,
            EndOfSequence = Ends(model),
            AddsBegin = prefix.Count == 1,
            ChatTemplate = model.ChatTemplate?.Source,
        };
    }

    private static (string[] Tokens, GgufTokenType[] Types) Tokens(TokenizerDefinition tokenizer, int count)
    {
        var tokens = new string[count];
        var types = new GgufTokenType[count];
        for (int id = 0; id < tokenizer.Vocabulary.Count; id++)
        {
            if (!tokenizer.Vocabulary.IsText(id)) continue;
            tokens[id] = Encoding.UTF8.GetString(tokenizer.Vocabulary.Spelling(id));
            types[id] = GgufTokenType.Normal;
        }

        foreach (AddedToken added in tokenizer.AddedTokens)
        {
            if (added.SingleWord || added.LeftStrip || added.RightStrip)
            {
                throw Refused($"the added token '{added.Content}' takes the space around it, or matches whole words only.");
            }

            tokens[added.Id] = added.Content;
            types[added.Id] = added.Special ? GgufTokenType.Control : GgufTokenType.UserDefined;
        }

        // Embeddings often have more rows than there are tokens.
        for (int id = 0; id < count; id++)
        {
            if (tokens[id] is not null) continue;
            tokens[id] = string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]");
            types[id] = GgufTokenType.Unused;
        }

        return (tokens, types);
    }

    /// <summary>The tokens that end an answer, the tokenizer's own first.</summary>
    private static List<int> Ends(StoredModel model)
    {
        List<int> ends = [.. model.Generation.EndOfSequence, .. model.Config.EndOfSequence, .. model.Tokenizer.EndOfSequence];
        ends = [.. ends.Distinct()];
        int most = GgufVocabulary.EndNames.Count;
        return ends.Count <= most ? ends : throw Refused($"{ends.Count} tokens end an answer; GGUF names at most {most}.");
    }

    private static ModelFormatException Refused(string problem) => new(File, problem, Remedy);
}
