using System.Text;
using System.Text.Json;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tokenizers;

/// <summary>Reads the "model" of a tokenizer.json.</summary>
internal static class BpeModelReader
{
    public static Vocabulary Vocabulary(JsonSection model)
    {
        RefuseOtherModels(model);
        JsonSection entries = model.Section("vocab") ?? throw model.Missing("vocab", "an object of tokens and ids");
        var names = new ByteStrings.Builder();
        // Where each id's name is; files may have them in any order and leave ids out.
        var places = new List<int>();
        foreach (JsonProperty entry in entries.Element.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id)
                || id is < 0 or >= ModelConfig.VocabularySizeMax)
            {
                throw entries.Unexpected(entry.Name, entry.Value, $"an id from 0 to {ModelConfig.VocabularySizeMax - 1}");
            }

            while (places.Count <= id) places.Add(-1);
            if (places[id] >= 0) throw entries.Problem(entry.Name, $"is {id}; another token has that id.");
            places[id] = names.Count;
            names.Add(JsonSection.Utf8Name(entry));
        }

        ByteStrings found = names.Build();
        var spellings = new ByteStrings.Builder(places.Count);
        foreach (int place in places) spellings.Add(place < 0 ? [] : found[place]);
        var vocabulary = new Vocabulary(spellings.Build(), id => places[id] >= 0);
        for (int id = 0; id < vocabulary.Count; id++)
        {
            if (!vocabulary.IsText(id) || (vocabulary.TryGetId(vocabulary.Spelling(id), out int last) && last == id)) continue;
            throw entries.Problem(Encoding.UTF8.GetString(vocabulary.Spelling(id)), "appears twice.");
        }

        return vocabulary;
    }

    public static bool IgnoreMerges(JsonSection model) => model.OptionalBool("ignore_merges") ?? false;

    /// <summary>The alphabet of a byte-level encoding.</summary>
    public static TokenAlphabet Bytes(JsonSection model, Vocabulary vocabulary)
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
    public static TokenAlphabet Characters(JsonSection model, Vocabulary vocabulary, CharacterDecoder decoder)
    {
        const string UnknownKey = "unk_token";
        string? unknown = model.OptionalString(UnknownKey);
        int unknownId = 0;
        if (unknown is not null && !vocabulary.TryGetId(unknown, out unknownId))
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

    public static MergeTable Merges(JsonSection model, Vocabulary vocabulary)
    {
        const string Key = "merges";
        JsonElement.ArrayEnumerator list = model.List(Key, ModelConfig.VocabularySizeMax);
        var merges = new MergeList(vocabulary, model.Find(Key)?.GetArrayLength() ?? 0);
        foreach (JsonElement merge in list)
        {
            Split(model, Key, merge, out ReadOnlySpan<byte> left, out ReadOnlySpan<byte> right);
            if (merges.TryAdd(left, right)) continue;
            throw model.Unexpected(Key, merge, "two tokens that are in vocab, and so is their concatenation");
        }

        return merges.Table;
    }

    /// <summary>"a b" in older files, ["a", "b"] in newer ones.</summary>
    private static void Split(
        JsonSection model, string key, JsonElement merge, out ReadOnlySpan<byte> left, out ReadOnlySpan<byte> right)
    {
        if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2)
        {
            left = model.Utf8Text(key, merge[0]);
            right = model.Utf8Text(key, merge[1]);
            return;
        }

        if (merge.ValueKind == JsonValueKind.String)
        {
            ReadOnlySpan<byte> text = model.Utf8Text(key, merge);
            int space = text.IndexOf((byte)' ');
            if (space > 0 && space == text.LastIndexOf((byte)' ') && space < text.Length - 1)
            {
                left = text[..space];
                right = text[(space + 1)..];
                return;
            }
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
