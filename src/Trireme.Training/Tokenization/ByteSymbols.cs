using System.Text;

namespace Trireme.Training.Tokenization;

/// <summary>
/// GPT-2's printable stand-ins for the 256 bytes (Radford et al. 2019): printable Latin-1 bytes stand for themselves, the
/// others for the code points from 256 upwards. So every byte string is text that JSON can hold.
/// </summary>
internal static class ByteSymbols
{
    private static readonly char[] Letters = CreateLetters();
    private static readonly Dictionary<char, byte> Bytes =
        Enumerable.Range(0, 256).ToDictionary(value => Letters[value], value => (byte)value);

    /// <summary>The 256 letters in code point order, which is their order in a new vocabulary.</summary>
    public static IEnumerable<char> InOrder => Letters.Order();

    public static string FromText(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return string.Create(bytes.Length, bytes, static (span, source) =>
        {
            for (int i = 0; i < source.Length; i++) span[i] = Letters[source[i]];
        });
    }

    public static byte[] ToBytes(string letters) => [.. letters.Select(letter => Bytes[letter])];

    private static char[] CreateLetters()
    {
        var letters = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            letters[value] = printable ? (char)value : (char)next++;
        }

        return letters;
    }
}
