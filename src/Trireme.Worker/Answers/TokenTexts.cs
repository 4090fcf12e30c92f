using System.Globalization;
using System.Text;
using Trireme.Inference.Tokenizers;

namespace Trireme.Worker.Answers;

/// <summary>Names tokens in reports, special ones included.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="asIds">Names are ids, which tell tokens apart that read alike.</param>
internal sealed class TokenTexts(ITokenizer tokenizer, bool asIds = false)
{
    /// <summary>What a report of log-probabilities calls a token.</summary>
    public string NameOf(int token) => asIds ? string.Create(CultureInfo.InvariantCulture, $"token_id:{token}") : TextOf(token);

    public string TextOf(int token) => tokenizer.Decode([token], skipSpecial: false);

    /// <summary>The token's own bytes, which tell parts of a character apart where texts cannot.</summary>
    public byte[] BytesOf(int token)
    {
        ReadOnlySpan<byte> bytes = tokenizer.TokenBytes(token);
        return bytes.IsEmpty ? Encoding.UTF8.GetBytes(TextOf(token)) : bytes.ToArray();
    }

    /// <summary>Unicode characters, the unit of OpenAI's offsets; a string's own length counts UTF-16 halves.</summary>
    public static int CountCharacters(string text)
    {
        int count = 0;
        foreach (Rune _ in text.EnumerateRunes()) count++;
        return count;
    }
}
