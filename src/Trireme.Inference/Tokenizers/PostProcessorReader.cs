using System.Text.Json;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tokenizers;

/// <summary>Reads the "post_processor" of a tokenizer.json: which special tokens go around a text.</summary>
internal static class PostProcessorReader
{
    private const int PieceCountMax = 64;

    public static PostProcessing Read(JsonSection json) =>
        json.Section("post_processor") is { } section ? Read(section, depth: 0) : PostProcessing.None;

    private static PostProcessing Read(JsonSection section, int depth)
    {
        string type = section.RequiredString("type");
        switch (type)
        {
            // It only moves offsets, which this engine does not report.
            case "ByteLevel":
                return PostProcessing.None;
            case "TemplateProcessing":
                return ReadTemplate(section);
            case "Sequence" when depth == 0:
                PostProcessing all = PostProcessing.None;
                foreach (JsonElement element in section.List("processors", PieceCountMax))
                {
                    PostProcessing inner = Read(section.At("processors", element), depth + 1);
                    all = new PostProcessing([.. inner.Prefix, .. all.Prefix], [.. all.Suffix, .. inner.Suffix]);
                }

                return all;
            default:
                throw section.Unsupported("type", $"is '{type}'; known are ByteLevel, TemplateProcessing and a Sequence of those.");
        }
    }

    private static PostProcessing ReadTemplate(JsonSection section)
    {
        const string Key = "single";
        List<int> prefix = [];
        List<int> suffix = [];
        bool sawText = false;
        foreach (JsonElement element in section.List(Key, PieceCountMax))
        {
            JsonSection piece = section.At(Key, element);
            if (piece.Section("SpecialToken") is { } special)
            {
                (sawText ? suffix : prefix).AddRange(SpecialIds(section, special.RequiredString("id")));
            }
            else if (piece.Section("Sequence") is { } sequence && sequence.OptionalString("id") == "A" && !sawText)
            {
                sawText = true;
            }
            else
            {
                throw section.Unexpected(Key, element, "special tokens around one sequence A");
            }
        }

        if (!sawText) throw section.Missing(Key, "a list of special tokens around sequence A");
        return new PostProcessing(prefix, suffix);
    }

    private static IReadOnlyList<int> SpecialIds(JsonSection section, string name)
    {
        JsonSection tokens = section.Section("special_tokens") ?? throw section.Missing("special_tokens", "an object of special tokens");
        JsonSection token = tokens.Section(name) ?? throw tokens.Missing(name, "the ids of this special token");
        return token.TokenIds("ids");
    }
}
