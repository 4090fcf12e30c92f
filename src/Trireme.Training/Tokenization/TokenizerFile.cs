using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Storage;

namespace Trireme.Training.Tokenization;

/// <summary>tokenizer.json in the format of Hugging Face tokenizers, for byte-level BPE.</summary>
internal static class TokenizerFile
{
    public static JsonObject Write(BpeCodec tokenizer)
    {
        var vocabulary = new JsonObject();
        for (int id = 0; id < tokenizer.Vocabulary.Count; id++) vocabulary[tokenizer.Vocabulary[id]] = id;

        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. SpecialTokens.All.Select(AddedToken)]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevel(addPrefixSpace: false),
            ["post_processor"] = null,
            ["decoder"] = ByteLevel(addPrefixSpace: true),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. tokenizer.Merges.Select(pair => (JsonNode)new JsonArray(pair.Left, pair.Right))]),
            },
        };

        JsonNode AddedToken(string token) => new JsonObject
        {
            ["id"] = tokenizer.Encode(token)[0],
            ["content"] = token,
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = true,
        };
    }

    /// <summary>Reads a file this class wrote.</summary>
    /// <exception cref="InvalidDataException">The file is no byte-level BPE tokenizer of this form.</exception>
    public static BpeCodec Read(string path)
    {
        try
        {
            RegularFile.ThrowIfOther(path);
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement model = document.RootElement.GetProperty("model");
            JsonElement vocabulary = model.GetProperty("vocab");
            Dictionary<string, int> ids = vocabulary.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32());
            if (!ids.Values.Order().SequenceEqual(Enumerable.Range(0, ids.Count)))
            {
                throw new InvalidDataException($"{path}: ids are not 0 to {ids.Count - 1}.");
            }

            JsonElement.ArrayEnumerator merges = model.GetProperty("merges").EnumerateArray();
            return new BpeCodec(ids, [.. merges.Select(pair => (pair[0].GetString()!, pair[1].GetString()!))]);
        }
        catch (Exception exception) when (
            exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} is no byte-level BPE tokenizer.json: {exception.Message}", exception);
        }
    }

    private static JsonObject ByteLevel(bool addPrefixSpace) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = addPrefixSpace,
        ["trim_offsets"] = true,
        ["use_regex"] = true,
    };
}
