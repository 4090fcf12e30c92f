using System.Text.Json;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tokenizers;

/// <summary>Reads the "model" of a tokenizer.json.</summary>
internal static class BpeModelReader
{
    public static Dictionary<string, int> Vocabulary(JsonSection model)
    {
        RefuseOtherModels(model);
        JsonSection entries = model.Section("vocab") ?? throw model.Missing("vocab", "an object of tokens and ids");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var ids = new HashSet<int>();
        foreach (JsonProperty entry in entries.Element.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id)
                || id is < 0 or >= ModelConfig.VocabularySizeMax)
            {
                throw entries.Unexpected(entry.Name, entry.Value, $"an id from 0 to {ModelConfig.VocabularySizeMax - 1}");
            }

            if (!ids.Add(id)) throw entries.Problem(entry.Name, $"is {id}; another token has that id.");
            if (!vocabulary.TryAdd(entry.Name, id)) throw entries.Problem(entry.Name, "appears twice.");
        }

        return vocabulary;
    }

    public static bool IgnoreMerges(JsonSection model) => model.OptionalBool("ignore_merges") ?? false;

    /// <summary>The alphabet of a byte-level encoding.</summary>
    public static TokenAlphabet Bytes(JsonSection model, Dictionary<string, int> vocabulary)
    {
        if (model.OptionalBool("byte_fallback") == true)
        {
            throw model.Unsupported("byte_fallback", "is true, though pre_tokenizer ends with ByteLevel, after which no byte is unknown.");
        }

        (int[] tokens, byte? missing) = ByteLevelAlphabet.Find(vocabulary);
        if (missing is not { } value) return new ByteLevelAlphabet(tokens);
        string problem = $"lacks '{ByteAlphabet.CharOf(value)}' for byte 0x{value:X2}; byte-level encoding needs all bytes.";
        throw model.Unsupported("vocab", problem);
    }

    /// <summary>The alphabet of an encoding made from a SentencePiece vocabulary.</summary>
    public static TokenAlphabet Characters(JsonSection model, Dictionary<string, int> vocabulary, CharacterDecoder decoder)
    {
        const string UnknownKey = "unk_token";
        string? unknown = model.OptionalString(UnknownKey);
        int unknownId = 0;
        if (unknown is not null && !vocabulary.TryGetValue(unknown, out unknownId))
        {
            throw model.Problem(UnknownKey, $"is '{unknown}', which is not in vocab.");
        }

        return new CharacterAlphabet(vocabulary, new CharacterRules
        {
            // With a byte missing, the reference tokenizer would write characters of it as unknown and others as bytes.
            ByteTokens = model.OptionalBool("byte_fallback") != true ? null : CharacterAlphabet.ByteTokens(vocabulary)
                ?? throw model.Unsupported("byte_fallback", "is true, but vocab lacks some of <0x00> to <0xFF>."),
            Unknown = unknown is null ? null : unknownId,
            FusesUnknown = model.OptionalBool("fuse_unk") ?? false,
            DecodesBytes = decoder.DecodesBytes,
            SpaceMark = decoder.SpaceMark,
        });
    }

    public static MergeTable Merges(JsonSection model, Dictionary<string, int> vocabulary)
    {
        const string Key = "merges";
        JsonElement.ArrayEnumerator list = model.List(Key, ModelConfig.VocabularySizeMax);
        var table = new MergeTable(model.Find(Key)?.GetArrayLength() ?? 0);
        int rank = 0;
        foreach (JsonElement merge in list)
        {
            (string left, string right) = Pair(model, Key, merge);
            if (!vocabulary.TryGetValue(left, out int leftId) || !vocabulary.TryGetValue(right, out int rightId)
                || !vocabulary.TryGetValue(left + right, out int merged))
            {
                throw model.Unexpected(Key, merge, "two tokens that are in vocab, and so is their concatenation");
            }

            table.Set(leftId, rightId, new Merge(rank++, merged));
        }

        return table;
    }

    /// <summary>"a b" in older files, ["a", "b"] in newer ones.</summary>
    private static (string Left, string Right) Pair(JsonSection model, string key, JsonElement merge)
    {
        if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2)
        {
            return (model.Text(key, merge[0]), model.Text(key, merge[1]));
        }

        if (merge.ValueKind == JsonValueKind.String)
        {
            string text = model.Text(key, merge);
            int space = text.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && space == text.LastIndexOf(' ') && space < text.Length - 1) return (text[..space], text[(space + 1)..]);
        }

        throw model.Unexpected(key, merge, "two tokens");
    }

    private static void RefuseOtherModels(JsonSection model)
    {
        // Files older than the key are byte-pair encodings too.
        string type = model.OptionalString("type") ?? "BPE";
        if (type != "BPE") throw model.Unsupported("type", $"is '{type}'; known is BPE.");
        if (model.OptionalDouble("dropout", 0, 1) > 0)
        {
            throw model.Problem("dropout", "is set, so encoding would be random.", "Set it to null.");
        }

        foreach (string affix in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (!string.IsNullOrEmpty(model.OptionalString(affix)))
            {
                throw model.Unsupported(affix, "is set; no token of this engine has one.");
            }
        }
    }
}
