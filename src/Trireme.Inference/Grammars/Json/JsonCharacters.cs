using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>Characters as they stand in a JSON string (RFC 8259): those that must be escaped are, in one way, and no others.</summary>
internal sealed class JsonCharacters : ICharacterEncoder
{
    public static JsonCharacters Instance { get; } = new();

    /// <summary>Characters that may stand for themselves.</summary>
    public static CharacterSet Unescaped { get; } = CharacterSet.Of([new(0, 0x1F), new('"'), new('\\')]).Complement();

    public void Encode(GrammarBuilder builder, CharacterSet set, int from, int to)
    {
        Utf8Encoder.Instance.Encode(builder, set.Intersect(Unescaped), from, to);
        foreach (CharacterRange range in set.Except(Unescaped).Ranges)
        {
            for (int character = range.First; character <= range.Last; character++) builder.Literal(from, Escape(character), to);
        }
    }

    private static byte[] Escape(int character) => character switch
    {
        '"' => "\\\""u8.ToArray(),
        '\\' => "\\\\"u8.ToArray(),
        '\b' => "\\b"u8.ToArray(),
        '\f' => "\\f"u8.ToArray(),
        '\n' => "\\n"u8.ToArray(),
        '\r' => "\\r"u8.ToArray(),
        '\t' => "\\t"u8.ToArray(),
        _ => System.Text.Encoding.ASCII.GetBytes($"\\u{character:x4}"),
    };
}
