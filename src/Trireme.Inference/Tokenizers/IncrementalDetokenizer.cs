using System.Text;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Decodes a stream of ids into text that never ends in half a character: the texts together are what decoding all ids at once
/// gives. Not thread-safe: one per answer.
/// </summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="skipSpecial">Special tokens are not shown.</param>
/// <param name="continues">
/// The ids go on after others, such as those of a prompt, so a space at their start is part of the text whatever the tokenizer does
/// at the start of one.
/// </param>
public sealed class IncrementalDetokenizer(ITokenizer tokenizer, bool skipSpecial = true, bool continues = false)
{
    private const int StackCharsMax = 256;

    // Holds the bytes of an unfinished character, and replaces bytes that can no longer finish one.
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private bool _stripsSpace = tokenizer.StripsLeadingSpace && !continues;

    /// <summary>Special tokens that are shown although others are not.</summary>
    public IReadOnlyList<int> ShownSpecialTokens { get; init; } = [];

    /// <summary>The text that became complete with this id; empty while a character is unfinished.</summary>
    public string Append(int id)
    {
        if (!tokenizer.IsSpecial(id) || !IsShown(id)) return Decode(tokenizer.TokenBytes(id), flush: false);
        return Decode(Encoding.UTF8.GetBytes(tokenizer.Decode([id], skipSpecial: false)), flush: false);
    }

    /// <summary>What is left at the end of the stream, with U+FFFD for an unfinished character. Starts over.</summary>
    public string Flush()
    {
        string rest = Decode([], flush: true);
        _stripsSpace = tokenizer.StripsLeadingSpace && !continues;
        return rest;
    }

    private bool IsShown(int special)
    {
        if (!skipSpecial) return true;
        for (int i = 0; i < ShownSpecialTokens.Count; i++)
        {
            if (ShownSpecialTokens[i] == special) return true;
        }

        return false;
    }

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        if (bytes.IsEmpty && !flush) return "";
        if (_stripsSpace && !bytes.IsEmpty)
        {
            _stripsSpace = false;
            if (bytes[0] == ' ') bytes = bytes[1..];
        }

        // At most three bytes are held over, each of which may become a replacement character.
        int charsMax = bytes.Length + 4;
        Span<char> chars = charsMax <= StackCharsMax ? stackalloc char[StackCharsMax] : new char[charsMax];
        int count = _decoder.GetChars(bytes, chars, flush);
        return count == 0 ? "" : new string(chars[..count]);
    }
}
