using System.Text.Json;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Reads the "decoder" of a tokenizer.json: ByteLevel, or the Sequence that SentencePiece vocabularies have, of Replace, ByteFallback,
/// Fuse and Strip in this order.
/// </summary>
internal static class DecoderReader
{
    private const string Key = "decoder";
    private const string KnownSteps =
        "known are Replace of a mark by a space, ByteFallback, Fuse and Strip of one leading space, in this order";

    /// <summary>Refuses a decoder that would not undo byte-level encoding.</summary>
    public static void CheckByteLevel(JsonSection json)
    {
        if (json.Section(Key) is not { } decoder) return;
        string type = decoder.RequiredString("type");
        if (type != "ByteLevel") throw decoder.Unsupported("type", $"is '{type}' after a ByteLevel pre_tokenizer; known is ByteLevel.");
    }

    public static CharacterDecoder ReadCharacters(JsonSection json)
    {
        JsonSection decoder = json.Section(Key) ?? throw json.Missing(Key, "a Sequence");
        string type = decoder.RequiredString("type");
        if (type != "Sequence")
        {
            throw decoder.Unsupported("type", $"is '{type}', though pre_tokenizer does not end with ByteLevel; known is Sequence.");
        }

        var result = new CharacterDecoder(SpaceMark: null, DecodesBytes: false, StripsLeadingSpace: false);
        int stage = 0;
        bool fused = false;
        foreach (JsonElement element in decoder.List("decoders", 16))
        {
            JsonSection step = decoder.At("decoders", element);
            string name = step.RequiredString("type");
            int place = Array.IndexOf(["Replace", "ByteFallback", "Fuse", "Strip"], name) + 1;
            if (place <= stage) throw step.Unsupported("type", $"is '{name}' at this place; {KnownSteps}.");
            stage = place;
            fused |= name == "Fuse";
            result = name switch
            {
                "Replace" => result with { SpaceMark = ReadMark(step) },
                "ByteFallback" => result with { DecodesBytes = true },
                "Strip" => result with { StripsLeadingSpace = ReadStrip(step, fused) },
                _ => result,
            };
        }

        return result;
    }

    private static string ReadMark(JsonSection step)
    {
        JsonSection pattern = step.Section("pattern") ?? throw step.Missing("pattern", "an object with String");
        string mark = pattern.RequiredString("String");
        if (mark.Length == 0 || step.RequiredString("content") != " ") throw step.Unsupported("content", $"is no space; {KnownSteps}.");
        return mark;
    }

    private static bool ReadStrip(JsonSection step, bool fused)
    {
        int start = step.RequiredInt("start", 0, 1);
        if (!fused || step.RequiredString("content") != " " || step.RequiredInt("stop", 0, int.MaxValue) != 0)
        {
            throw step.Unsupported("type", $"is 'Strip' of something else; {KnownSteps}.");
        }

        return start == 1;
    }
}

/// <summary>How the spellings of a SentencePiece vocabulary become text.</summary>
/// <param name="SpaceMark">What stands for a space, or null.</param>
/// <param name="DecodesBytes">Spellings such as &lt;0x0A&gt; become bytes.</param>
/// <param name="StripsLeadingSpace">One space at the start of a text is dropped.</param>
internal sealed record CharacterDecoder(string? SpaceMark, bool DecodesBytes, bool StripsLeadingSpace);
