namespace Trireme.Inference.Tokenizers;

/// <summary>
/// GPT-2's spelling of bytes as printable characters, in which byte-level vocabularies are written: printable Latin-1 stands for
/// itself, the other bytes for U+0100 onwards in order.
/// </summary>
internal static class ByteAlphabet
{
    private const int CharCount = 256 + 68;

    private static readonly short[] ByteByChar = BuildBytes();
    private static readonly char[] CharByByte =
        [.. Enumerable.Range(0, 256).Select(value => (char)Array.IndexOf(ByteByChar, (short)value))];

    public static char CharOf(byte value) => CharByByte[value];

    /// <summary>The bytes a vocabulary entry spells, or null when it holds a character outside the alphabet.</summary>
    public static byte[]? Decode(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            int value = token[i] < CharCount ? ByteByChar[token[i]] : -1;
            if (value < 0) return null;
            bytes[i] = (byte)value;
        }

        return bytes;
    }

    private static short[] BuildBytes()
    {
        var bytes = new short[CharCount];
        Array.Fill(bytes, (short)-1);
        int next = 256;
        for (short value = 0; value < 256; value++)
        {
            bool printable = value is >= 0x21 and <= 0x7E or >= 0xA1 and <= 0xAC or >= 0xAE;
            bytes[printable ? value : next++] = value;
        }

        return bytes;
    }
}
