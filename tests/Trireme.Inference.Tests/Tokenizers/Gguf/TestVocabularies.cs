using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Inference.Tests.Formats.Gguf;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Tests.Tokenizers.Gguf;

/// <summary>Small vocabularies of both kinds a GGUF file can hold.</summary>
internal static class TestVocabularies
{
    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int UserDefined = 4;
    private const int Byte = 6;

    /// <summary>Pieces with scores, best first; characters come last, as SentencePiece has them.</summary>
    public static IReadOnlyList<(string Text, float Score)> Pieces { get; } =
    [
        ("▁t", -1), ("he", -2), ("▁the", -3), ("in", -4), ("er", -4), ("▁▁", -5), ("▁▁▁▁", -6), ("ere", -7), ("nn", -7), ("▁in", -8),
        ("aa", -9), ("aaaa", -9), ("日本", -10), ("the", -11), ("▁there", -12), ("hel", -13), ("lo", -13), ("▁hello", -14), ("😀😀", -15),
        .. "▁abcdehilnorst0123456789.,日本語éI😀".EnumerateRunes().Select((rune, i) => (rune.ToString(), -100f - i)),
    ];

    public const string Template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}{{ eos_token }}{% endfor %}";

    /// <summary>Adds the vocabulary of a model, "gpt2" or "llama", and returns its size.</summary>
    public static int AddTo(GgufBuilder builder, string model, Action<Dictionary<string, object>>? change = null)
    {
        Dictionary<string, object> values = model == "gpt2" ? ByteLevel() : SentencePiece();
        change?.Invoke(values);
        foreach ((string key, object value) in values) builder.Add("tokenizer." + key, value);
        return values.TryGetValue("ggml.tokens", out object? tokens) ? ((string[])tokens).Length : 0;
    }

    /// <summary>A tokenizer.json as transformers converts the same pieces: every way to make a piece, ordered by its score.</summary>
    public static string SentencePieceJson(Action<JsonObject>? change = null)
    {
        var values = SentencePiece();
        string[] tokens = (string[])values["ggml.tokens"];
        var vocabulary = new JsonObject();
        for (int id = 0; id < tokens.Length; id++) vocabulary.TryAdd(tokens[id], id);
        var merges = new JsonArray();
        var texts = Pieces.Select(piece => piece.Text).ToHashSet();
        foreach ((string text, _) in Pieces.OrderByDescending(piece => piece.Score))
        {
            for (int split = 1; split < text.Length; split++)
            {
                if (texts.Contains(text[..split]) && texts.Contains(text[split..])) merges.Add(new JsonArray(text[..split], text[split..]));
            }
        }

        var root = (JsonObject)JsonNode.Parse("""
            {
              "added_tokens": [{"id":0,"content":"<unk>","special":true,"normalized":false},
                {"id":1,"content":"<s>","special":true,"normalized":false},{"id":2,"content":"</s>","special":true,"normalized":false}],
              "normalizer": {"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},
                {"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
              "pre_tokenizer": null,
              "post_processor": {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}}],
                "special_tokens":{"<s>":{"id":"<s>","ids":[1]}}},
              "decoder": {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},
                {"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
              "model": {"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true}
            }
            """)!;
        root["model"]!["vocab"] = vocabulary;
        root["model"]!["merges"] = merges;
        change?.Invoke(root);
        return root.ToJsonString(JsonSerializerOptions.Default);
    }

    private static Dictionary<string, object> ByteLevel()
    {
        string[] merges = ["Ġ t", "h e", "Ġt he", "i n", "e r"];
        string[] tokens =
        [
            "<s>", "</s>", "<tool>",
            .. Enumerable.Range(0, 256).Select(value => ByteAlphabet.CharOf((byte)value).ToString()),
            .. merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)),
        ];
        int[] types = [Control, Control, UserDefined, .. Enumerable.Repeat(Normal, tokens.Length - 3)];
        return new()
        {
            ["ggml.model"] = "gpt2",
            ["ggml.pre"] = "qwen2",
            ["ggml.bos_token_id"] = 0u,
            ["ggml.eos_token_id"] = 1u,
            ["ggml.merges"] = merges,
            ["ggml.token_type"] = types,
            ["chat_template"] = Template,
            ["ggml.tokens"] = tokens,
        };
    }

    private static Dictionary<string, object> SentencePiece()
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>")];
        string[] tokens = ["<unk>", "<s>", "</s>", .. bytes, .. Pieces.Select(piece => piece.Text)];
        return new()
        {
            ["ggml.model"] = "llama",
            ["ggml.bos_token_id"] = 1u,
            ["ggml.eos_token_id"] = 2u,
            ["ggml.unknown_token_id"] = 0u,
            ["ggml.token_type"] = (int[])[Unknown, Control, Control, .. bytes.Select(_ => Byte), .. Pieces.Select(_ => Normal)],
            ["ggml.scores"] = (float[])[0, 0, 0, .. bytes.Select(_ => 0f), .. Pieces.Select(piece => piece.Score)],
            ["chat_template"] = Template,
            ["ggml.tokens"] = tokens,
        };
    }
}
