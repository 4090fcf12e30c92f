using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Inference.Formats;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Tests.Tokenizers;

/// <summary>
/// Small tokenizers: the 256 bytes have ids 0 to 255, added tokens follow, merged tokens come last in the order of their merges.
/// </summary>
internal static class TestTokenizers
{
    public const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}""";

    private const string Llama3Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string NoPattern = """{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""";

    public static string Llama3 { get; } = $$"""
        {"type":"Sequence","pretokenizers":[
          {"type":"Split","pattern":{"Regex":{{JsonSerializer.Serialize(Llama3Pattern)}}},"behavior":"Isolated","invert":false},
          {{NoPattern}}]}
        """;

    public static string Json(
        IReadOnlyList<string>? merges = null,
        IReadOnlyList<string>? specials = null,
        string preTokenizer = ByteLevel,
        Action<JsonObject>? change = null)
    {
        var vocabulary = new JsonObject();
        for (int value = 0; value < 256; value++) vocabulary[ByteAlphabet.CharOf((byte)value).ToString()] = value;
        var added = new JsonArray();
        foreach (string special in specials ?? [])
        {
            added.Add(new JsonObject { ["id"] = 256 + added.Count, ["content"] = special, ["special"] = true, ["normalized"] = false });
        }

        var mergeList = new JsonArray();
        foreach (string merge in merges ?? [])
        {
            mergeList.Add(merge);
            vocabulary.TryAdd(merge.Replace(" ", "", StringComparison.Ordinal), added.Count + vocabulary.Count);
        }

        var root = new JsonObject
        {
            ["added_tokens"] = added,
            ["normalizer"] = null,
            ["pre_tokenizer"] = JsonNode.Parse(preTokenizer),
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = mergeList },
        };
        change?.Invoke(root);
        return root.ToJsonString(JsonSerializerOptions.Default);
    }

    public static BpeTokenizer Create(
        IReadOnlyList<string>? merges = null,
        IReadOnlyList<string>? specials = null,
        string preTokenizer = ByteLevel,
        Action<JsonObject>? change = null) =>
        Parse(Json(merges, specials, preTokenizer, change));

    public static BpeTokenizer Parse(string json) =>
        new(TokenizerJson.Read(JsonSection.Parse(Encoding.UTF8.GetBytes(json), "tokenizer.json")), null, []);

    /// <summary>Merges for common English pairs and for whole two- and three-byte characters.</summary>
    public static IReadOnlyList<string> SomeMerges { get; } =
    [
        "Ġ t", "h e", "Ġt he", "i n", "e r", "o n", "Ġ a", "r e", "Ġ Ġ", "ĠĠ ĠĠ", "Ã ©", "â Ģ", "âĢ Ķ", "Ċ Ċ",
        "0 0", "00 0", "a a", "aa aa", "b a",
    ];
}
